create table if not exists stock (
  item text primary key,
  available int not null check (available >= 0)
);

create table if not exists orders (
  id uuid primary key,
  item text not null,
  quantity int not null check (quantity > 0),
  state text not null
);

insert into stock values ('book', 1000), ('lamp', 1) on conflict do nothing;
