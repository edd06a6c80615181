#!/bin/sh
# Checks what a machine without containers can check. One line for each thing; fails when one of them does.
#   KUBECTL           kubectl with kustomize, default: the one in PATH
#   KUBECONFIG_REAL   a cluster whose API server shall try every object (dry run). It makes the namespace rancher-hub there,
#                     which must not exist yet, and takes it away again.
#   NATS_SERVER       nats-server that shall read the configuration, default: the one in PATH, if any
set -u
cd "$(dirname "$0")/.." || exit 1
kubectl=${KUBECTL:-kubectl}
nats_server=${NATS_SERVER:-nats-server}
node=node_modules/node/bin/node
work=$(mktemp -d)
failed=0
namespace_made=

cleanup() {
  [ -n "$namespace_made" ] && "$kubectl" --kubeconfig "$KUBECONFIG_REAL" delete namespace rancher-hub > /dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# check <what> <command …>: runs it quietly, and shows what it said when it fails.
check() {
  what=$1
  shift
  if "$@" > "$work/said" 2>&1; then
    echo "✓ $what"
  else
    echo "✗ $what"
    cat "$work/said"
    failed=1
    return 1
  fi
}
skip() { echo "- $1: not checked, $2"; }
has() { command -v "$1" > /dev/null 2>&1; }

for script in deploy/*.sh; do check "$script: syntax" sh -n "$script"; done

# What prepare.sh makes is what the containers get.
check 'deploy/prepare.sh: makes the secrets' env HUB="$node packages/hub/src/main.ts" deploy/prepare.sh "$work/secrets"
if has "$nats_server"; then
  check 'nats.conf: accepted by nats-server' "$nats_server" -t -c "$work/secrets/nats/nats.conf"
  admit() {
    cp -r "$work/secrets/nats" "$work/admitted" &&
      echo 'HUB_NATS_PASSWORD_CI: "any"' >> "$work/admitted/passwords.conf" &&
      (echo 'include "passwords.conf"' && "$node" packages/hub/src/main.ts nats config --subscriber ci=0190-a) > "$work/admitted/nats.conf" &&
      "$nats_server" -t -c "$work/admitted/nats.conf"
  }
  check 'nats.conf: accepted by nats-server with a subscriber' admit
else
  skip nats.conf 'there is no nats-server'
fi

# Kustomize
for folder in base overlays/single overlays/high-availability overlays/trial; do
  rendered=$work/$(basename "$folder").yaml
  render() { "$kubectl" kustomize "deploy/kubernetes/$folder" > "$rendered"; }
  check "kubernetes/$folder: renders" render
done

# A real API server
if [ -n "${KUBECONFIG_REAL:-}" ]; then
  real() { "$kubectl" --kubeconfig "$KUBECONFIG_REAL" "$@"; }
  if check 'namespace rancher-hub: made on the API server' real create -f deploy/kubernetes/base/namespace.yaml --save-config; then
    namespace_made=yes
    for overlay in single high-availability trial; do
      apply() { real apply --dry-run=server --validate=strict --warnings-as-errors -f "$work/$overlay.yaml"; }
      check "kubernetes/overlays/$overlay: every object accepted by the API server, without warnings" apply
      sed 's/^/    /' "$work/said"
    done
  fi
else
  skip 'Kubernetes objects on an API server' 'KUBECONFIG_REAL is not set'
fi

# Compose
HUB_PUBLIC_URL=https://hub.example.com
export HUB_PUBLIC_URL
if docker compose version > /dev/null 2>&1; then
  check 'compose/compose.yaml: accepted by docker compose' docker compose -f deploy/compose/compose.yaml --profile '*' config -q
else
  parse() { "$node" packages/hub/node_modules/yaml/bin.mjs valid --merge --strict < deploy/compose/compose.yaml; }
  check 'compose/compose.yaml: is YAML (there is no docker compose to ask more of)' parse
fi

# Every service is started with exactly the settings that its container gets, without any server: it must get as far as waiting for them.
starts() { "$node" --input-type=module - "$1" "$2" "$work" <<'JS'
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const { parse, parseAllDocuments } = createRequire(`${process.cwd()}/packages/hub/package.json`)('yaml')
const [shape, service, work] = process.argv.slice(2)

const inCompose = () => {
  const text = readFileSync('deploy/compose/compose.yaml', 'utf8')
    .replace(/\$\{HUB_PUBLIC_URL:\?[^}]*\}/g, process.env.HUB_PUBLIC_URL)
    .replace(/\$\{\w+:-([^}]*)\}/g, '$1')
  const { command, environment } = parse(text, { merge: true }).services[service]
  return { command, env: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== null)) }
}
const inKubernetes = () => {
  const all = parseAllDocuments(readFileSync(`${work}/${shape}.yaml`, 'utf8')).map((each) => each.toJS())
  const find = (kind, name) => all.find((each) => each.kind === kind && each.metadata.name === name)
  const [{ args, env, envFrom }] = find('Deployment', service).spec.template.spec.containers
  const settings = envFrom.map(({ configMapRef }) => find('ConfigMap', configMapRef.name).data)
  return { command: args, env: Object.assign({}, ...settings, ...env.map(({ name, value }) => ({ [name]: value }))) }
}
const { command, env } = shape === 'compose' ? inCompose() : inKubernetes()
const mounted = Object.entries(env).map(([name, value]) => [name, value.replace('/run/secrets/hub', `${work}/secrets/${service}`)])
// Free ports on this machine, and a NATS that is not there.
const moved = { HUB_HEALTH_HOST: '127.0.0.1', [`HUB_${service.toUpperCase()}_HEALTH_PORT`]: '0', HUB_NATS_URL: 'nats://127.0.0.1:1' }
const child = spawn(process.execPath, ['packages/hub/src/main.ts', ...command], { env: { ...Object.fromEntries(mounted), ...moved } })
const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
let said = ''
let waits = false
const listen = (chunk) => {
  said += chunk
  if (!said.includes('"msg":"waiting"')) return
  waits = true
  child.kill('SIGKILL')
}
child.stdout.on('data', listen)
child.stderr.on('data', listen)
child.on('exit', () => {
  clearTimeout(timer)
  if (waits) return
  console.log(said)
  process.exitCode = 1
})
JS
}
for shape in compose single high-availability; do
  for service in gateway auth sites sync registry monitor; do
    check "$shape: $service takes its settings" starts "$shape" "$service"
  done
done

# Grafana
same() { sed '1,/^$/d; s/sys\.env(/env(/g' deploy/grafana/config.alloy > "$work/a"; sed '1,/^$/d' deploy/grafana/agent.river > "$work/b"; diff "$work/a" "$work/b"; }
check 'grafana: agent.river says the same as config.alloy' same
if has alloy; then
  check 'grafana/config.alloy: accepted by Alloy' alloy validate deploy/grafana/config.alloy
else
  skip 'grafana/config.alloy by Alloy' 'there is no alloy'
fi

exit "$failed"
