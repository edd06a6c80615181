#!/bin/sh
# Makes the secrets of a new distributed hub, one folder per container, as Compose mounts them and `kubectl create secret
# --from-file` takes them:
#
#   deploy/prepare.sh <new folder>
#
# HUB is the command that makes keys, by default a container of the image `rancher-hub`; from a checkout: HUB="npm run --silent hub --".
# EVENTSTOREDB and MONGODB: host and port of your own servers.
set -eu
umask 077

folder=${1:?which folder? It must not be there yet.}
eventstoredb=${EVENTSTOREDB:-eventstoredb:2113?tls=false}
mongodb=${MONGODB:-mongodb:27017}

mkdir "$folder"
folder=$(cd "$folder" && pwd)
hub=${HUB:-docker run --rm --network none --user $(id -u):$(id -g) --volume $folder:$folder rancher-hub}
password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

$hub keys create "$folder/new" > /dev/null
mkdir "$folder/nats" "$folder/mongodb"
password > "$folder/mongodb/root-password"
# Makes the consumers of subscribers; no service knows it.
password > "$folder/nats/administrator-password"
echo "HUB_NATS_PASSWORD_ADMINISTRATOR: \"$(cat "$folder/nats/administrator-password")\"" > "$folder/nats/passwords.conf"

for service in gateway auth sites sync registry monitor; do
  own=$folder/$service
  mkdir "$own"
  mv "$folder/new/$service.pem" "$own/internal-key.pem"
  cp "$folder/new/public-keys.json" "$own/public-keys.json"
  password > "$own/nats-password"
  name=$(echo "$service" | tr '[:lower:]' '[:upper:]')
  echo "HUB_NATS_PASSWORD_$name: \"$(cat "$own/nats-password")\"" >> "$folder/nats/passwords.conf"
  # The gateway has no state, and so no way to the databases.
  [ "$service" = gateway ] && continue
  word=$(password)
  printf '%s' "esdb://$eventstoredb" > "$own/eventstoredb-url"
  printf '%s' "mongodb://$service:$word@$mongodb/hub_$service" > "$own/mongodb-url"
  echo "db.getSiblingDB('hub_$service').createUser({ user: '$service', pwd: '$word', roles: ['readWrite'] })" >> "$folder/mongodb/users.js"
done
mv "$folder/new/master.key" "$folder/sites/master.key"
{ echo 'include "passwords.conf"'; $hub nats config; } > "$folder/nats/nats.conf"
rm "$folder/new/public-keys.json"
rmdir "$folder/new"

# Containers run as other users: they read what is mounted, and nobody else gets past the folder itself.
find "$folder" -mindepth 1 -type d -exec chmod 755 {} +
find "$folder" -type f -exec chmod 644 {} +
chmod 700 "$folder"
echo "Secrets were written to $folder. Back up sites/master.key apart from the data: without it no stored credential can be read again."
