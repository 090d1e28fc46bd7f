using Weft.Cluster;
using Weft.Packets;

// One process plays three hosts, so memory is enough. With hosts of their own they would open the same etcd:
//   new EtcdStore(new EtcdOptions { Endpoints = [new Uri("http://10.0.0.1:2379")] })
await using var store = new EmbeddedStore(new EmbeddedStoreOptions());

// Two hosts share the ports of one address. Each has blocks ready before the first packet needs one.
PortBlockPool first = await PortBlockPool.StartAsync(store, Blocks("host-a"));
PortBlockPool second = await PortBlockPool.StartAsync(store, Blocks("host-b"));
Console.WriteLine($"host-a has a block: {await TakeAsync(first)}");
Console.WriteLine($"host-b has another: {await TakeAsync(second)}");

// A segment changes its owner by epochs: of two that saw its death, one wins.
var segments = new OwnershipTable(store, "/sase/v1/seg/");
OwnershipEntry? owned = await segments.TryChangeAsync("tenant-7", seen: null, owner: "node-1", backup: "node-2");
OwnershipEntry? winner = await segments.TryChangeAsync("tenant-7", owned, owner: "node-2", backup: "node-3");
OwnershipEntry? loser = await segments.TryChangeAsync("tenant-7", owned, owner: "node-3", backup: "node-2");
Console.WriteLine($"tenant-7: {winner?.Ownership.Owner} in epoch {winner?.Ownership.Epoch}; the slower one got {loser?.Ownership.Owner ?? "nothing"}");

// A bridge is active on one node at a time. The one that resigns is followed at once.
Leadership leader = await Candidate("bridge-1").CampaignAsync();
Console.WriteLine($"bridge-1 leads term {leader.Term}: {leader.IsActive(Timestamp.FromMonotonicClock())}");
Task<Leadership> waiting = Candidate("bridge-2").CampaignAsync();
await leader.DisposeAsync();
Leadership next = await waiting;
Console.WriteLine($"bridge-2 leads term {next.Term}; a late write of bridge-1 does {(await store.CommitAsync(leader.Guard(new StoreTransaction()).Put("/x", "late"))).Succeeded switch { true => "harm", false => "nothing" }}");

await next.DisposeAsync();
await first.DisposeAsync();
await second.DisposeAsync();

Election Candidate(string name) => new(store, new ElectionOptions { Key = "/bridge/v1/rack-1", Candidate = name });

static PortBlockPoolOptions Blocks(string host) => new() { Addresses = ["192.0.2.1"], BlocksPerAddress = 126, Host = host };

static async Task<string> TakeAsync(PortBlockPool pool)
{
    PortBlock block;
    while (!pool.TryTake(out block))
    {
        await Task.Delay(10); // only here, where nothing was ready yet
    }

    return block.Address; // which of its 126 blocks is left to chance
}
