#!/bin/sh
# Written by `make reference`: the examples of the reference in their order, for a fake
# that was started with `entrepot fake --clock 2026-03-01T12:00`.
set -eu

export OPS=$(entrepot token --role ops)
export SERVICE=$(entrepot token --role service)
export FINANCE=$(entrepot token --role finance)
export CONTROLLER=$(entrepot token --role finance --subject controller)
export MERCHANT=$(entrepot token --role merchant --merchant bluebell)
export BUYER=$(entrepot token --role buyer --subject ava)

grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "05b1411e-5359-5010-813a-9f067dcfd7a3",
  "marketId": "GB",
  "settings": {
    "currency": "GBP",
    "legalEntity": "entrepot-uk",
    "shipTo": [
      "GB"
    ],
    "taxInclusive": true,
    "taxBasisPoints": 2000,
    "shipping": {
      "currencyCode": "GBP",
      "units": "4",
      "nanos": 990000000
    },
    "returnWindowDays": 30,
    "remorseHoldMinutes": 15,
    "capturePolicy": "CAPTURE_POLICY_AT_PLACEMENT"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PlanMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "4b5ef32f-c2bd-5d1f-bcef-24b85754e482",
  "name": "markets/GB"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/OpenMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "ef3ed81a-f4c0-5b8b-a978-41acd4b57ca7",
  "name": "markets/GB",
  "settings": {
    "currency": "GBP",
    "legalEntity": "entrepot-uk",
    "shipTo": [
      "GB",
      "IE"
    ],
    "taxInclusive": true,
    "taxBasisPoints": 2000,
    "returnWindowDays": 30,
    "remorseHoldMinutes": 15,
    "capturePolicy": "CAPTURE_POLICY_AT_PLACEMENT"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/UpdateMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "markets/GB"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "pageSize": 50
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListMarkets
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "11a2a947-c507-58c9-b8b4-37ec92f2ea72",
  "market": "markets/GB",
  "shipTo": "IE",
  "blocked": true,
  "source": "notice 12"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/SetJurisdictionRule
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "jurisdictionRules/8096d07e-b49c-5fe1-863a-a78aaf14b913"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetJurisdictionRule
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "market": "markets/GB"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListJurisdictionRules
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "market": "markets/GB",
  "shipTo": "IE"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/LookUpJurisdiction
entrepot clock advance 0s
entrepot clock advance 1m
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "ea4dbfc7-f558-5d69-a592-3d6fdf952170",
  "name": "jurisdictionRules/8096d07e-b49c-5fe1-863a-a78aaf14b913"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/RepealJurisdictionRule
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "2a2709c2-08d9-5afb-bc48-3e79f4c04fa2",
  "nodeId": "leeds",
  "title": "Leeds",
  "countryCode": "GB"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/OpenNode
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "30109ae3-76b1-543e-ac7e-d1428f73c8d1",
  "name": "nodes/leeds",
  "rateCard": {
    "currencyCode": "GBP",
    "carriageCharged": {
      "perParcel": {
        "currencyCode": "GBP",
        "units": "4"
      }
    },
    "carriageCost": {
      "perParcel": {
        "currencyCode": "GBP",
        "units": "3"
      }
    },
    "handlingCost": {
      "perParcel": {
        "currencyCode": "GBP",
        "units": "1"
      }
    }
  }
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/SetRateCard
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "nodes/leeds"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetNode
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListNodes
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "aa52e003-32d2-5832-8c78-e5e591e97d25",
  "merchantId": "bluebell",
  "displayName": "Bluebell Mill",
  "country": "GB"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/RegisterMerchant
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "merchants/bluebell"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetMerchant
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "pageSize": 50
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListMerchants
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "bd86f81c-0758-5b63-bb38-f760adfd10b3",
  "parent": "merchants/bluebell",
  "terms": {
    "referralBasisPoints": 600,
    "feeBasis": "FEE_BASIS_ITEM_NET",
    "creatorBasisPoints": 1000,
    "partnerBasisPoints": 200,
    "refundAdministrationBasisPoints": 2000,
    "reserveBasisPoints": 1000,
    "reserveDays": 30,
    "settlementHoldDays": 7,
    "commissionHoldDays": 15,
    "minimumPayout": {
      "currencyCode": "GBP",
      "units": "1"
    }
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PutTerms
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "name": "merchants/bluebell/terms/8a37ef6a-340c-56b2-8577-0d39a54a491f"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetTerms
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "parent": "merchants/bluebell"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListTerms
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "c6efadcc-85bd-5993-bc7d-334108baf082",
  "merchant": "merchants/bluebell",
  "title": "Wool throw",
  "variants": [
    {
      "sku": "THROW",
      "weightGrams": "900",
      "hsCode": "630120",
      "originCountry": "GB",
      "customsDescription": "Wool throw"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/CreateProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "909382b8-ff62-5985-968c-c230402090ae",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "variant": {
    "sku": "THROW-GREEN",
    "weightGrams": "900",
    "hsCode": "630120",
    "originCountry": "GB",
    "customsDescription": "Wool throw"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/AddVariant
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "234ea7e9-ca02-5c84-958c-5afbec07d1fa",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/SubmitForReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "20378228-b229-51f3-91a9-5b9665581846",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "approved": true
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/DecideReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requests": [
    {
      "requestId": "b9496b44-dfc9-57ed-b222-c983b245dbe8",
      "merchant": "merchants/bluebell",
      "title": "Cushion",
      "variants": [
        {
          "sku": "CUSHION",
          "weightGrams": "500",
          "hsCode": "940490",
          "originCountry": "GB",
          "customsDescription": "Cushion"
        }
      ]
    }
  ]
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/BatchCreateProducts
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "396f9608-4a4c-5da9-af94-71f8c8070035",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PauseProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "5bf8f825-abf8-57e9-8dc6-6afe12054834",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ResumeProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "ee3273ed-2e25-5376-a34d-c6d508945fe6",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "reason": "label to be checked"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/SuspendProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "5c1d0c53-f2ae-59b0-8aee-da5dd3bec11f",
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ReinstateProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "e1791e08-a419-52a6-94c3-aad02cf97f07",
  "name": "products/6962659c-6512-5de2-bfa6-3f604e1b197c"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ArchiveProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "name": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "merchant": "merchants/bluebell",
  "state": "STATE_ACTIVE"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListProducts
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "59978c58-3570-5340-be95-af4b8a9743b9",
  "product": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "sku": "THROW",
  "market": "markets/GB",
  "mode": "SELLING_MODE_MARKETPLACE",
  "unitPrice": {
    "currencyCode": "GBP",
    "units": "60"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PublishOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requests": [
    {
      "requestId": "8b8d62f6-4054-50db-8c92-0b1dc7011d77",
      "product": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
      "sku": "THROW-GREEN",
      "market": "markets/GB",
      "mode": "SELLING_MODE_MARKETPLACE",
      "unitPrice": {
        "currencyCode": "GBP",
        "units": "62"
      }
    }
  ]
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/BatchPublishOffers
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "8e56536b-3f61-5156-ab12-24fcc2fdd288",
  "name": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
  "unitPrice": {
    "currencyCode": "GBP",
    "units": "58"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ChangePrice
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requests": [
    {
      "requestId": "2e5c3076-f206-595e-b4ac-94ce5f5dad5e",
      "name": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
      "unitPrice": {
        "currencyCode": "GBP",
        "units": "60"
      }
    }
  ]
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/BatchChangePrices
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "e0a77ef2-d25c-526e-8949-4c5aa8918e2d",
  "name": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PauseOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "20394eb2-e01a-536d-b8e6-7d91d78fc50d",
  "name": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ResumeOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "ad01edd6-f4be-57e7-b67f-a8160067bbe7",
  "name": "offers/f20692e9-e483-5a5a-8d7e-935f823fc9c3"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/EndOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "name": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "market": "markets/GB"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListOffers
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "c8f02e5c-570f-533a-9199-93454e968576",
  "creatorId": "mei",
  "handle": "mei.at.home",
  "agencyId": "starlight",
  "agencyBasisPoints": 2000
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/RegisterCreator
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "0688926f-ccbe-5f20-be2a-8f9c69b4c1db",
  "name": "creators/mei",
  "agencyId": "moonlight",
  "agencyBasisPoints": 1500
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ChangeAgency
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "creators/mei"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetCreator
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "agencyId": "moonlight"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListCreators
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "f571cab5-eb0a-5da8-adb0-aa31b3d4d871",
  "creator": "creators/mei",
  "partnerId": "studio-9",
  "market": "markets/GB",
  "offers": [
    "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5"
  ],
  "startsAt": "2026-03-01T18:00:00Z"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ScheduleLive
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "be202935-a369-56aa-ac2d-9af0b90bb17d",
  "name": "liveSessions/ed1ee79a-f757-571a-bddf-9f6e62aa4c27"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/StartLive
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "liveSessions/ed1ee79a-f757-571a-bddf-9f6e62aa4c27"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetLiveSession
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "market": "markets/GB",
  "state": "STATE_LIVE"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListLiveSessions
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "bf6ec0a8-715c-5ac4-bc22-63106fdb95eb",
  "creator": "creators/mei",
  "market": "markets/GB",
  "offers": [
    "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5"
  ],
  "startsAt": "2026-03-02T18:00:00Z"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ScheduleLive
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "823bbe50-4bac-5cad-a4ec-525e8be0e9c0",
  "name": "liveSessions/52f44403-c364-5c0e-949a-e6c52f784d71"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/CancelLive
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "88b5df0f-ab36-533a-ba33-3feb974e2c8e",
  "node": "nodes/leeds",
  "ownerId": "bluebell",
  "lines": [
    {
      "sku": "THROW",
      "quantity": 40
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/CreateInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "9f32c40f-77b6-570f-97fa-349a06f6f444",
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ActivateInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "7d1c6b79-1a87-59cf-aa5a-02f21bf23884",
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ShipInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "dee0bdcf-2db3-59e3-b266-b40290d8d44a",
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/CheckInInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "a7496a99-2688-5ecc-909d-ad0f3e01bed4",
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e",
  "lines": [
    {
      "sku": "THROW",
      "quantity": 30
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ReceiveLines
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "714d7e86-0ad0-525b-803e-4e5c96baf25e",
      "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e",
      "lines": [
        {
          "sku": "THROW",
          "quantity": 10
        }
      ]
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchReceiveLines
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "eebc2c14-9a31-5590-a923-ab6775375180",
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/CloseInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "name": "inboundPlans/09196a42-9680-5cbb-8b19-2e24feb2bf9e"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "5b6245a3-dbdd-5a56-a9b3-cb5d904146e7",
  "node": "nodes/leeds",
  "ownerId": "bluebell",
  "lines": [
    {
      "sku": "THROW",
      "quantity": 4000
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/CreateInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "3915b50b-5cbb-56e7-b6aa-86627744414b",
  "name": "inboundPlans/348ef69e-1819-5003-b438-0d574eefbf7c"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/VoidInboundPlan
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "eed9bbbb-5972-5880-b556-2c56f3f80870",
  "sku": "THROW",
  "node": "nodes/leeds",
  "ownerId": "bluebell",
  "delta": -1,
  "cause": "ADJUSTMENT_CAUSE_DAMAGE",
  "condition": "STOCK_CONDITION_SELLABLE"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/AdjustStock
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "a02eee4b-dc75-5f13-85a4-cef37d3efa8d",
      "sku": "THROW",
      "node": "nodes/leeds",
      "ownerId": "bluebell",
      "delta": 1,
      "cause": "ADJUSTMENT_CAUSE_COUNT",
      "condition": "STOCK_CONDITION_SELLABLE"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchAdjustStock
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "name": "stockItems/9ae0050d-9dd0-5f68-8ea0-6c7192cf9994"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetStockItem
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "sku": "THROW"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListStockItems
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "sku": "THROW",
  "ownerId": "bluebell"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetAvailability
entrepot clock advance 0s
entrepot clock advance 1m
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "f9092afa-9041-592a-b96d-5e6bac6cf2a9",
  "merchantId": "aurora-no-bank",
  "displayName": "Aurora Lighting",
  "country": "CN"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/RegisterMerchant
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "ef2c8f5a-76c2-564d-8dad-4a1d8a1875b8",
  "parent": "merchants/aurora-no-bank",
  "terms": {
    "feeBasis": "FEE_BASIS_ITEM_NET",
    "settlementHoldDays": 7,
    "commissionHoldDays": 15,
    "minimumPayout": {
      "currencyCode": "CNY",
      "units": "1"
    }
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PutTerms
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "a0ca8d67-2c74-520d-9da8-6cce4600e475",
  "merchant": "merchants/aurora-no-bank",
  "title": "Lamp",
  "variants": [
    {
      "sku": "LAMP",
      "weightGrams": "700",
      "hsCode": "940520",
      "originCountry": "CN",
      "customsDescription": "Lamp"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/CreateProduct
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "2aa6ef43-054e-5e3d-94d3-f543145a5ef7",
  "name": "products/036c5a84-6aff-5318-9868-a251f4207ce3"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/SubmitForReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "b628822c-7973-5661-9d07-48a985c5287c",
  "name": "products/036c5a84-6aff-5318-9868-a251f4207ce3",
  "approved": true
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/DecideReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "9a8a95e2-dc49-5fd5-af41-125eadaf58d0",
  "product": "products/036c5a84-6aff-5318-9868-a251f4207ce3",
  "sku": "LAMP",
  "market": "markets/GB",
  "mode": "SELLING_MODE_FULL_SERVICE",
  "unitPrice": {
    "currencyCode": "GBP",
    "units": "30"
  },
  "supplyPrice": {
    "currencyCode": "CNY",
    "units": "90"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PublishOffer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "5126678b-3546-546a-80c7-2d27db9e10be",
  "sku": "LAMP",
  "node": "nodes/leeds",
  "ownerId": "aurora-no-bank",
  "delta": 10,
  "cause": "ADJUSTMENT_CAUSE_COUNT",
  "condition": "STOCK_CONDITION_SELLABLE"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/AdjustStock
entrepot clock advance 0s
entrepot clock advance 1m
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "basket": {
    "buyer": "buyers/ava",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 3,
        "surface": "SURFACE_LIVE",
        "liveSession": "liveSessions/ed1ee79a-f757-571a-bddf-9f6e62aa4c27"
      },
      {
        "offer": "offers/2ae8d002-817d-58c9-a3dd-48ae145f086d",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  }
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/Quote
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "ebd7bc6d-c0f2-5103-a88c-c93c3cc4a116",
  "basket": {
    "buyer": "buyers/ava",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 3,
        "surface": "SURFACE_LIVE",
        "liveSession": "liveSessions/ed1ee79a-f757-571a-bddf-9f6e62aa4c27"
      },
      {
        "offer": "offers/2ae8d002-817d-58c9-a3dd-48ae145f086d",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_ok",
  "quoteToken": "AAAAAGmkLni3bA7M5QsTq6r6kcHUY1jKrs5Rj-F42CF74HJps1uUuEZ-AN4itIaE-FbpQdXm9QBNGGE2-F5CFTq7Gf8NXGmK",
  "recipient": {
    "fullName": "Ava Example",
    "addressLines": [
      "1 Example Street"
    ],
    "locality": "Leeds",
    "postalCode": "LS1 1AA"
  }
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "state": "ORDER_STATE_ON_HOLD"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/ListOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/recipient"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetRecipient
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requests": [
    {
      "requestId": "6d605e94-0ee7-5b5c-8f02-04cb63447812",
      "basket": {
        "buyer": "buyers/ben",
        "market": "markets/GB",
        "shipToCountry": "GB",
        "lines": [
          {
            "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
            "quantity": 1,
            "surface": "SURFACE_VIDEO",
            "creator": "creators/mei"
          }
        ]
      },
      "methodToken": "tok_ok"
    },
    {
      "requestId": "a5f8feaf-8fb0-54c0-961e-e6eb4eb1be2d",
      "basket": {
        "buyer": "buyers/cleo",
        "market": "markets/GB",
        "shipToCountry": "GB",
        "lines": [
          {
            "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
            "quantity": 1,
            "surface": "SURFACE_MALL"
          }
        ]
      },
      "methodToken": "tok_ok"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/BatchPlaceOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/4546da40-360e-588b-845c-6ace60aca618"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/6a74c0ef-22c2-5f00-a8fa-8ef20777ded5"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "name": "payments/e5e82ccc-0442-5619-934d-20d7af597df4"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/GetPayment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/ListPayments
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "8e0b030d-e0cb-5a1f-a7cf-b34542b9c922",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lines": [
    {
      "lineId": "d4832bb7-c577-584d-825f-1a120642e27b",
      "quantity": 1
    }
  ]
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/CancelLines
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "bf257b79-b4a3-514e-9a7e-12c4e3b6743a",
  "basket": {
    "buyer": "buyers/dan",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_3ds"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/93a03c80-07af-5e8d-9ffb-053ef1ab7b8d"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "d5ea5c3a-6c65-5b35-b4bb-9496bfc68631",
  "name": "payments/380fac40-d2eb-5cf2-8fff-aae01c89efd5"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/ConfirmAction
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "cee8e289-d842-59d7-ad16-82d5024c5d8b",
  "basket": {
    "buyer": "buyers/ella",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_3ds"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/145941aa-29ec-5734-b683-f2778a65139f"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requests": [
    {
      "requestId": "6a7aa777-50d6-5d4c-8ea1-e293d0cf9165",
      "name": "payments/971501b3-a06a-58fe-8c18-fe46d482d489"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/BatchConfirmActions
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "0d2af69e-cc14-5683-8caf-c5c74f017eca",
  "basket": {
    "buyer": "buyers/finn",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_timeout_succeeds"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/bb6f66f3-1c6a-52fc-a161-835cac8e4fe3"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "5b459732-22f6-5eeb-a5ea-2b6f37b2a2f1",
  "name": "payments/2dedb066-3c3a-59e0-9551-465473bb0013",
  "resolution": "RESOLUTION_ASK_PROVIDER"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/ResolveUnknown
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "b1887e74-1df3-553a-be21-e8901b785b18",
  "basket": {
    "buyer": "buyers/grace",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_timeout_succeeds"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/6c4fa471-fcf3-5bcf-ad5f-30213c58ff81"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "205a6ff7-057c-562e-b980-2634d86dcfd5",
  "payment": "payments/f4810628-663c-5983-b5d1-68ab6c40fadb",
  "provider": "simulator",
  "eventId": "evt-1"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/IngestProviderEvent
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "86c7c429-bcde-5e68-906e-3285e8a05450",
  "basket": {
    "buyer": "buyers/hugo",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_decline_insufficient_funds"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "c4edbeac-2e61-5be7-8977-cdc1af85b1db",
  "basket": {
    "buyer": "buyers/iris",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 999,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_ok"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/ecd4a902-9783-54aa-bc1c-329093685a53"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/FollowOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "4fd5b8cd-4c5c-5f8f-9813-0c292d755364",
  "basket": {
    "buyer": "buyers/noa",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_amount_differs"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "121dfe7e-10a4-5bd6-9c52-3b38e28bba6b",
  "basket": {
    "buyer": "buyers/jack",
    "market": "markets/GB",
    "shipToCountry": "GB",
    "lines": [
      {
        "offer": "offers/f4df9e14-b50a-58ef-be2d-a1fb739dd0e5",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_refund_fails"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "ecfecc6b-cee9-514e-8c11-c5c64636c025",
  "name": "orders/7b6747b0-fe2c-5741-8eb0-dd2bef97b163",
  "lines": [
    {
      "lineId": "7b6747b0-fe2c-5741-8eb0-dd2bef97b164",
      "quantity": 1
    }
  ],
  "fault": "FAULT_BUYER"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/CancelLines
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "75797397-d20a-554b-af5a-8fda797ac563",
  "marketId": "DE",
  "settings": {
    "currency": "EUR",
    "legalEntity": "entrepot-eu",
    "shipTo": [
      "DE"
    ],
    "taxInclusive": true,
    "taxBasisPoints": 1900,
    "returnWindowDays": 30,
    "remorseHoldMinutes": 15,
    "capturePolicy": "CAPTURE_POLICY_AT_HAND_OVER"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PlanMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "4f9f99d3-e12e-545c-b2b6-fa18e5b7b9e0",
  "name": "markets/DE"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/OpenMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "f90d72df-3d54-54ea-b4bb-1f3dccf8dc15",
  "product": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "sku": "THROW",
  "market": "markets/DE",
  "mode": "SELLING_MODE_MARKETPLACE",
  "unitPrice": {
    "currencyCode": "EUR",
    "units": "70"
  }
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/PublishOffer
entrepot clock advance 0s
entrepot clock advance 1m
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "56eae5f8-f432-5050-ac13-682d37fbae56",
  "basket": {
    "buyer": "buyers/kim",
    "market": "markets/DE",
    "shipToCountry": "DE",
    "lines": [
      {
        "offer": "offers/aa75301e-0596-571c-8026-e125070216c6",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_ok"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/48c297dd-82e2-55e4-8189-30ebe192b75a"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "55e8d4b0-9211-55fd-91fb-2e60194be8a3",
  "name": "payments/201a5450-451b-5f91-b4b1-996c5036c266",
  "amount": {
    "currencyCode": "EUR",
    "units": "70"
  }
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/CapturePayment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "785ab174-a772-5928-a10f-c61bc836e63e",
  "basket": {
    "buyer": "buyers/lea",
    "market": "markets/DE",
    "shipToCountry": "DE",
    "lines": [
      {
        "offer": "offers/aa75301e-0596-571c-8026-e125070216c6",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_ok"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "name": "orders/269aae42-3623-51ce-b866-c51fa461270e"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/GetOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "37e85dbd-98f9-57c8-961e-e493d1d4c83e",
  "name": "payments/8b369f9c-53ad-571b-8d9a-e95fcf5e3fc7"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/VoidPayment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "819f1505-19e4-5299-8e10-ddc1e25b6589",
  "name": "payments/0b02b24d-1cc3-52ea-b4af-037bdacd50fb",
  "refundId": "7d9f3a52-1f0e-4c3a-9a54-0b8f1d2c3e40",
  "amount": {
    "currencyCode": "GBP",
    "units": "1"
  }
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/RefundPayment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requests": [
    {
      "requestId": "651c5e0e-222c-57c7-90b7-c5d36b8eda20",
      "name": "payments/339446bc-e41f-5b2c-8972-257b8565a25e",
      "refundId": "7d9f3a52-1f0e-4c3a-9a54-0b8f1d2c3e41",
      "amount": {
        "currencyCode": "GBP",
        "units": "1"
      }
    }
  ]
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/BatchRefundPayments
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "cb455aed-5dd5-52f7-abc6-368df45e9b70",
  "basket": {
    "buyer": "buyers/max",
    "market": "markets/DE",
    "shipToCountry": "DE",
    "lines": [
      {
        "offer": "offers/aa75301e-0596-571c-8026-e125070216c6",
        "quantity": 1,
        "surface": "SURFACE_MALL"
      }
    ]
  },
  "methodToken": "tok_capture_fails"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/PlaceOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "5fb82afc-7a15-5fe6-a994-a17fa25f9c3e",
  "order": "orders/145941aa-29ec-5734-b683-f2778a65139f",
  "attempt": 2,
  "currencyCode": "GBP",
  "shipToCountryCode": "GB",
  "expireTime": "2026-03-01T13:00:00Z",
  "lines": [
    {
      "lineId": "1",
      "sku": "THROW",
      "ownerId": "bluebell",
      "quantity": 1,
      "weightGrams": "900"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ReserveStock
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "ba5ed39f-b3f2-52ed-9568-76b312aa2f3a",
  "name": "orders/145941aa-29ec-5734-b683-f2778a65139f/reservations/2",
  "expireTime": "2026-03-01T14:00:00Z"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ExtendReservation
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "2e412095-2777-54be-a277-cedcc551d1e1",
  "name": "orders/145941aa-29ec-5734-b683-f2778a65139f/reservations/2"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ConfirmReservation
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "orders/145941aa-29ec-5734-b683-f2778a65139f/reservations/2"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetReservation
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "d4c29c74-d654-53c3-b190-f33f5026695a",
  "name": "orders/145941aa-29ec-5734-b683-f2778a65139f/reservations/2"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ReleaseReservation
entrepot clock advance 0s
entrepot clock advance 16m
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListFulfilmentOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "order": "orders/4546da40-360e-588b-845c-6ace60aca618"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListFulfilmentOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetFulfilmentOrder
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "a01f7cd0-fa7c-5536-8c22-01ade4fa6ac0",
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/StartPicking
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "0e52a186-a588-5568-a09f-c18cf606b700",
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ConfirmPick
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "3cceed8a-3843-5b70-b8c7-2994efc92a2e",
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ConfirmPack
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "e0aab6bb-2ff6-546d-ba81-6cb01c50e494",
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585",
  "carrier": "example-parcels",
  "trackingNumber": "EX-1"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/HandOver
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "095b2c35-30c8-53c2-8320-07c708de2a20",
  "name": "fulfilmentOrders/093a61d0-e154-5f02-8572-67a5e4fab585",
  "status": "TRACKING_STATUS_DELIVERED"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/TrackingUpdate
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "order": "orders/6a74c0ef-22c2-5f00-a8fa-8ef20777ded5"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListFulfilmentOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "order": "orders/93a03c80-07af-5e8d-9ffb-053ef1ab7b8d"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListFulfilmentOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "order": "orders/3536b90e-520d-5d69-bee7-05b1260bd2db"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ListFulfilmentOrders
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "55aac342-934f-5ad1-bd81-4ab53b982fd2",
      "name": "fulfilmentOrders/fe677422-c776-5d31-a7dd-66ad9dee8f92"
    },
    {
      "requestId": "d6150968-7af0-5e4b-a023-12614e4cbdde",
      "name": "fulfilmentOrders/f48e0966-47e2-527f-854e-66204948b53b"
    },
    {
      "requestId": "2572d67b-ee6a-5233-b7eb-65a7299099cd",
      "name": "fulfilmentOrders/08c4181c-5efb-5b54-9cef-2db92c61e5fa"
    },
    {
      "requestId": "6266a0b9-97ee-5830-a43d-5024363f11ad",
      "name": "fulfilmentOrders/7d3f5097-1c57-5464-aeae-0ba878b55e58"
    },
    {
      "requestId": "473c3232-fb24-57fe-92ed-12d724585c50",
      "name": "fulfilmentOrders/2aa304aa-01da-5e84-8171-1878f4cc5993"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchStartPicking
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "2a89e63b-049a-51aa-bd2e-6327b4648820",
      "name": "fulfilmentOrders/fe677422-c776-5d31-a7dd-66ad9dee8f92"
    },
    {
      "requestId": "a5c5350a-d601-5c17-b5a4-8cef617496cc",
      "name": "fulfilmentOrders/f48e0966-47e2-527f-854e-66204948b53b"
    },
    {
      "requestId": "aac24ecd-9a2d-537f-a938-d862fbcf5d6b",
      "name": "fulfilmentOrders/08c4181c-5efb-5b54-9cef-2db92c61e5fa"
    },
    {
      "requestId": "c2a40043-6b36-550a-82c3-4d9123639bf0",
      "name": "fulfilmentOrders/7d3f5097-1c57-5464-aeae-0ba878b55e58"
    },
    {
      "requestId": "bec30db4-ba2f-580b-a3f0-872f90cffda0",
      "name": "fulfilmentOrders/2aa304aa-01da-5e84-8171-1878f4cc5993"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchConfirmPick
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "d30c6d79-7277-5a0d-8f13-78dd331d1245",
      "name": "fulfilmentOrders/fe677422-c776-5d31-a7dd-66ad9dee8f92"
    },
    {
      "requestId": "d51f1c4f-9e85-57b6-9485-8aa56eb1103f",
      "name": "fulfilmentOrders/f48e0966-47e2-527f-854e-66204948b53b"
    },
    {
      "requestId": "e8b13390-50db-5e71-84f6-6982134c2b89",
      "name": "fulfilmentOrders/08c4181c-5efb-5b54-9cef-2db92c61e5fa"
    },
    {
      "requestId": "0eaa9d7b-5ad5-53cf-b0f7-bc5895a32427",
      "name": "fulfilmentOrders/7d3f5097-1c57-5464-aeae-0ba878b55e58"
    },
    {
      "requestId": "1b4162d4-190e-5d65-a676-5134ffe89b86",
      "name": "fulfilmentOrders/2aa304aa-01da-5e84-8171-1878f4cc5993"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchConfirmPack
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "5c8e2f5d-3765-5300-bf53-5934f6b08fff",
      "name": "fulfilmentOrders/fe677422-c776-5d31-a7dd-66ad9dee8f92",
      "carrier": "example-parcels",
      "trackingNumber": "EX-7"
    },
    {
      "requestId": "d259d46e-03f4-5c3d-8a4f-29ceb6fd956c",
      "name": "fulfilmentOrders/f48e0966-47e2-527f-854e-66204948b53b",
      "carrier": "example-parcels",
      "trackingNumber": "EX-2"
    },
    {
      "requestId": "15d8c173-2744-5ce7-9b1e-05c2f8c6e740",
      "name": "fulfilmentOrders/08c4181c-5efb-5b54-9cef-2db92c61e5fa",
      "carrier": "example-parcels",
      "trackingNumber": "EX-3"
    },
    {
      "requestId": "8d767f23-dfe8-5ba8-a4f7-92c8a2306120",
      "name": "fulfilmentOrders/7d3f5097-1c57-5464-aeae-0ba878b55e58",
      "carrier": "example-parcels",
      "trackingNumber": "EX-4"
    },
    {
      "requestId": "380516f7-c15d-5060-9b8f-3bf529d6d4c2",
      "name": "fulfilmentOrders/2aa304aa-01da-5e84-8171-1878f4cc5993",
      "carrier": "example-parcels",
      "trackingNumber": "EX-5"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchHandOver
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "89f1bb37-b886-5e6e-91a2-a55ab090c830",
      "name": "fulfilmentOrders/f48e0966-47e2-527f-854e-66204948b53b",
      "status": "TRACKING_STATUS_DELIVERED"
    },
    {
      "requestId": "77ae7d8a-bd68-52a8-90fa-6f5f7c1f625a",
      "name": "fulfilmentOrders/08c4181c-5efb-5b54-9cef-2db92c61e5fa",
      "status": "TRACKING_STATUS_DELIVERED"
    },
    {
      "requestId": "672f981a-fe67-52a2-9eeb-ea0a6921e099",
      "name": "fulfilmentOrders/7d3f5097-1c57-5464-aeae-0ba878b55e58",
      "status": "TRACKING_STATUS_FAILED",
      "failureCode": "NOBODY_HOME"
    },
    {
      "requestId": "904d845b-411e-59ac-9a7f-253170c18221",
      "name": "fulfilmentOrders/2aa304aa-01da-5e84-8171-1878f4cc5993",
      "status": "TRACKING_STATUS_LOST"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchTrackingUpdate
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "6d0dab32-1724-5848-afce-3b307bb1ce65"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/SettleProvider
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "limit": 10
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/GetReconciliation
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "b6fafb6e-3502-54ff-be5c-0c48da7cef74",
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27b",
  "buyerId": "ava",
  "rating": 5,
  "textRef": "texts/1"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/SubmitReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "2258d9a6-e4ac-5d07-9396-5eba978727ec",
  "name": "reviews/1d7fedc7-0144-5897-8375-721a481d923b",
  "approved": true
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ModerateReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "name": "reviews/1d7fedc7-0144-5897-8375-721a481d923b"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/GetReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "product": "products/49ddd213-d37b-5f07-bd1f-a1158fe3724d",
  "state": "STATE_PUBLISHED"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/ListReviews
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "940a4192-d167-5e51-8b7f-7243bc08a0e3",
  "name": "reviews/1d7fedc7-0144-5897-8375-721a481d923b",
  "reason": "about another product"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/RemoveReview
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "afa7c663-8fea-5c3e-94f5-a4ee43244ef9",
  "name": "liveSessions/ed1ee79a-f757-571a-bddf-9f6e62aa4c27"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/EndLive
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27b",
  "quantity": 1
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/CheckEligibility
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27b",
  "quantity": 1,
  "kind": "RETURN_KIND_RETURN_AND_REFUND",
  "reason": "RETURN_REASON_CHANGED_MIND"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/CalculateRefund
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "7640ee0e-2b9e-5c66-b757-0e065f35e25d",
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27b",
  "quantity": 1,
  "kind": "RETURN_KIND_RETURN_AND_REFUND",
  "reason": "RETURN_REASON_CHANGED_MIND"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/OpenReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $MERCHANT" \
  -d '{
  "requestId": "72be22cb-c60c-50ca-9402-6a405c1a33f0",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8",
  "approved": true
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/DecideReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "5c2cd655-5d6d-5fb7-b4e7-13a5a2ea787d",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8",
  "carrier": "example-parcels",
  "trackingNumber": "EX-6"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/RegisterShipBack
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "name": "expectedReturns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/GetExpectedReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "1ac267b1-981f-51a5-b184-7aab7678cb03",
  "name": "expectedReturns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8",
  "node": "nodes/leeds",
  "quantity": 1
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/ReceiveReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "530b8f2b-55a6-5aa6-8047-ddaeca8f8c38",
  "name": "expectedReturns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8",
  "quantity": 1,
  "condition": "STOCK_CONDITION_QUARANTINED"
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/PutAway
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "2de386b5-2d44-5b9a-af2d-cf66fa475e1d",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8",
  "nodeId": "leeds",
  "findings": [
    {
      "quantity": 1,
      "disposition": "DISPOSITION_SELLABLE"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/RecordInspection
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/f07ace5d-f7ee-5269-aae0-a7d663a3aef8"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/GetReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/ListReturns
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requests": [
    {
      "requestId": "9333d39a-d7a0-5dfe-96e9-2aa3c15aa6f4",
      "order": "orders/4546da40-360e-588b-845c-6ace60aca618",
      "lineId": "4546da40-360e-588b-845c-6ace60aca619",
      "quantity": 1,
      "kind": "RETURN_KIND_RETURN_AND_REFUND",
      "reason": "RETURN_REASON_DEFECTIVE"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/BatchOpenReturns
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "6024aaf6-1277-5d78-917a-a8283c3ce56e",
  "name": "orders/4546da40-360e-588b-845c-6ace60aca618/returns/dd09492e-aca8-54e6-82d8-0f6779c35cd0",
  "approved": true
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/DecideReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "852c9531-849e-5289-9f26-ee50a99b226b",
      "name": "expectedReturns/dd09492e-aca8-54e6-82d8-0f6779c35cd0",
      "node": "nodes/leeds",
      "quantity": 1
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchReceiveReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "a51ed4b2-eee2-5573-b247-15a5ac0c565e",
      "name": "expectedReturns/dd09492e-aca8-54e6-82d8-0f6779c35cd0",
      "quantity": 1,
      "condition": "STOCK_CONDITION_UNSELLABLE"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.warehouse.v1.WarehouseService/BatchPutAway
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requests": [
    {
      "requestId": "784b2dc6-3bc6-54d7-9130-b8078c2427b0",
      "name": "orders/4546da40-360e-588b-845c-6ace60aca618/returns/dd09492e-aca8-54e6-82d8-0f6779c35cd0",
      "nodeId": "leeds",
      "findings": [
        {
          "quantity": 1,
          "disposition": "DISPOSITION_DEFECTIVE"
        }
      ]
    }
  ]
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/BatchRecordInspections
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "8778587e-40ff-5932-95f3-d294739eaffe",
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27c",
  "quantity": 1,
  "kind": "RETURN_KIND_RETURN_AND_REFUND",
  "reason": "RETURN_REASON_CHANGED_MIND"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/OpenReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "8cb7fadb-423f-58bb-bcd5-89ec59b71b48",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/7065fecc-f544-57a3-94f0-faac29830574"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/WithdrawReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "f49c1e1b-d8a2-5fc2-a5c8-101aae001a01",
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27c",
  "quantity": 1,
  "kind": "RETURN_KIND_RETURN_AND_REFUND",
  "reason": "RETURN_REASON_CHANGED_MIND"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/OpenReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "c581373e-6c99-5515-890a-fd13d71175ea",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/d08fdc94-bee8-54dc-bd5a-203174883522",
  "note": "asked for twice"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/CloseCase
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $BUYER" \
  -d '{
  "requestId": "8b4b995e-07c7-5508-9f41-a52dcf9c9124",
  "order": "orders/d4832bb7-c577-584d-825f-1a120642e27a",
  "lineId": "d4832bb7-c577-584d-825f-1a120642e27c",
  "quantity": 1,
  "kind": "RETURN_KIND_RETURN_AND_REFUND",
  "reason": "RETURN_REASON_CHANGED_MIND"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/OpenReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "6967c666-0207-5e79-aeff-d885659d2ba5",
  "name": "orders/d4832bb7-c577-584d-825f-1a120642e27a/returns/18effad6-a002-5c74-99fa-9a1e9e25d6dc",
  "approved": false,
  "note": "worn"
}' \
  127.0.0.1:8090 entrepot.returns.v1.ReturnsService/DecideReturn
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "3c9b3e8b-2e48-557e-bd75-73364df1fc97",
  "payee": {
    "role": "PAYEE_ROLE_MERCHANT",
    "payee": "bluebell",
    "legalEntity": "entrepot-uk",
    "currency": "GBP"
  },
  "reason": "papers to be checked"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/HoldPayee
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "3f52a355-a31b-500b-b50a-a43a037fe31b",
  "payee": {
    "role": "PAYEE_ROLE_MERCHANT",
    "payee": "bluebell",
    "legalEntity": "entrepot-uk",
    "currency": "GBP"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ReleasePayee
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "6c583076-3c1a-5139-9e4e-2ed8fc0da6cb",
  "payee": {
    "role": "PAYEE_ROLE_MERCHANT",
    "payee": "bluebell",
    "legalEntity": "entrepot-uk",
    "currency": "GBP"
  },
  "kind": "ADJUSTMENT_KIND_GOODWILL",
  "reason": "GOODWILL",
  "amount": {
    "currencyCode": "GBP",
    "units": "5"
  },
  "effectiveAt": "2026-03-01T12:00:00Z"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ProposeAdjustment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $CONTROLLER" \
  -d '{
  "requestId": "858e31f3-6c65-56d6-ac4b-9b971b513b2f",
  "name": "adjustments/f0a8cb53-72bc-5729-bf0f-76e8e356693c"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ApproveAdjustment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "4a414c87-b1bd-5dd6-8224-8705363cabb8",
  "payee": {
    "role": "PAYEE_ROLE_MERCHANT",
    "payee": "bluebell",
    "legalEntity": "entrepot-uk",
    "currency": "GBP"
  },
  "kind": "ADJUSTMENT_KIND_FEE",
  "reason": "SHELF_FEE",
  "amount": {
    "currencyCode": "GBP",
    "units": "-2"
  },
  "effectiveAt": "2026-03-01T12:00:00Z"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/PostAdjustment
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requests": [
    {
      "requestId": "1e07f659-87d0-5f4b-9cda-326c868f63cd",
      "payee": {
        "role": "PAYEE_ROLE_MERCHANT",
        "payee": "bluebell",
        "legalEntity": "entrepot-uk",
        "currency": "GBP"
      },
      "kind": "ADJUSTMENT_KIND_FEE",
      "reason": "SHELF_FEE",
      "amount": {
        "currencyCode": "GBP",
        "units": "-1"
      },
      "effectiveAt": "2026-03-01T12:00:00Z"
    }
  ]
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/BatchPostAdjustments
entrepot clock advance 0s
entrepot clock advance 50d
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "filter": {
    "payee": "bluebell"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/GetBalance
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "filter": {
    "legalEntity": "entrepot-uk"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/TrialBalance
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "dimensions": [
    "GMV_DIMENSION_MARKET",
    "GMV_DIMENSION_MERCHANT"
  ]
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/GetGmv
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "byMonth": true
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/SumAdjustments
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "reference": "d4832bb7-c577-584d-825f-1a120642e27a",
  "pageSize": 100
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ListEntries
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "payee": "bluebell"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ListStatements
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "name": "statements/1313762e-1e14-5333-a205-3cff87a64876"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/GetStatement
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "payee": "bluebell",
  "code": "2310",
  "pageSize": 1
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ListEntries
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "c0d713ac-af07-580c-94e9-7a81745c568b",
  "name": "payouts/ed13750d-89b5-5004-bd8d-82d1a552eaf7"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/BuyPayoutCurrency
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "name": "payouts/ed13750d-89b5-5004-bd8d-82d1a552eaf7"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/GetPayout
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $SERVICE" \
  -d '{
  "requestId": "b2a503e6-4f02-5b06-baa7-9875c8346dd9",
  "payoutId": "ed13750d-89b5-5004-bd8d-82d1a552eaf7",
  "payeeId": "bluebell",
  "amount": {
    "currencyCode": "GBP",
    "units": "2"
  },
  "statementId": "1313762e-1e14-5333-a205-3cff87a64876"
}' \
  127.0.0.1:8090 entrepot.payment.v1.PaymentService/SubmitPayout
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "5a0f3861-bfa6-5f5a-814d-cc61332c05e7",
  "legalEntity": "entrepot-uk",
  "bought": {
    "currencyCode": "CNY",
    "units": "90"
  },
  "cost": {
    "currencyCode": "GBP",
    "units": "10"
  },
  "carried": {
    "currencyCode": "GBP",
    "units": "9"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/BuyCurrency
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "ba5f6f4a-8f65-5bb9-a998-831a5fcc4eea",
  "legalEntity": "entrepot-uk",
  "currency": "GBP"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/SafeguardClients
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "3f9f0887-8c45-59b2-a207-f69d79ea6ba9",
  "legalEntity": "entrepot-uk",
  "amount": {
    "currencyCode": "GBP",
    "units": "1"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/SweepFees
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "afa896ec-681f-5f53-a52c-0bc8b1c68fc8",
  "legalEntity": "entrepot-uk",
  "market": "GB",
  "salesTax": {
    "currencyCode": "GBP",
    "units": "1"
  },
  "vat": {
    "currencyCode": "GBP"
  }
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/RemitTax
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{
  "requestId": "f52b1ab8-37f4-59b5-b278-0a51d59ff32a",
  "merchantId": "bluebell",
  "legalEntity": "entrepot-uk",
  "currency": "GBP",
  "reason": "left us"
}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/WriteOffShortfall
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $FINANCE" \
  -d '{}' \
  127.0.0.1:8090 entrepot.ledger.v1.LedgerService/ReplayCheck
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "6da69b5a-ac57-5ba0-9330-a058e042a3ad",
  "name": "buyers/ava"
}' \
  127.0.0.1:8090 entrepot.order.v1.OrderService/EraseBuyer
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "189befd6-f9af-5b4e-853c-c7e59c5de00d",
  "name": "markets/GB",
  "reason": "customs are closed"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/HoldMarket
entrepot clock advance 0s
grpcurl -plaintext -max-time 60 -H "authorization: Bearer $OPS" \
  -d '{
  "requestId": "5b81419c-45be-5b2f-a311-fd5c62c0f12a",
  "name": "markets/DE"
}' \
  127.0.0.1:8090 entrepot.catalog.v1.CatalogService/CloseMarket
entrepot clock advance 0s
