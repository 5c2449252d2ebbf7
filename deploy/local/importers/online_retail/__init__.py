"""The Online Retail layout: one row for each line of an invoice, cancellation or write-off.

A file is read (`reading`), every line gets a class (`classes`), cancellations find the sale that
they take back (`matching`), goods get list prices (`pricing`), and all of it becomes a plan of
business days (`plan`), which is played through the services (`run`) and compared with what the
ledger then says (`report`).
"""
