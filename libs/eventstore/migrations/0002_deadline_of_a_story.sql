-- A deadline belongs to the fact that set it: its version names the firing, its meta the story.
alter table deadline add column version int not null default 0,
                     add column meta bytea not null default '{}';
