using Weft.Cluster;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Control;
using Weft.Host.Datapath;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>A member of a cluster is restarted, and nobody in the cluster sees it.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class TakeoverClusterLiveTests : IAsyncDisposable
{
    private const int FileLeaseSeconds = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _folder = Directory.CreateTempSubdirectory("weft-takeover-c-").FullName;
    private readonly List<NetNamespace> _spaces = [];
    private EtcdMembers? _members;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string SocketPath => Path.Combine(_folder, "weft.sock");

    public ValueTask DisposeAsync()
    {
        _members?.Dispose();
        _spaces.ForEach(space => space.Dispose());
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Leases_endpoints_blocks_and_flows_are_the_next_processs_and_no_key_is_written_or_lost()
    {
        SwitchPlan plan = Lab();
        await using var store = new EtcdStore(new EtcdOptions { Endpoints = _members!.Endpoints });
        SwitchHost first = SwitchHost.Start(plan);
        NatSnapshot before = await UntilAsync(async () => await NatAsync() is { Blocks.Count: > 0 } nat ? nat : null);
        await UntilAsync(async () => (await KeysAsync(store)).Length >= 2 + (2 * 3) ? this : null);
        ushort port = await TalkAsync();
        // The pool fills up again behind what was taken.
        string[] keys = await SettledAsync(store);

        await using SwitchHost second = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true });
        Assert.Equal(SwitchEnd.HandedOver, (await first.Completion).End);
        await first.DisposeAsync();
        await second.PredecessorEnded.WaitAsync(Patience, Cancelled);
        Assert.True(second.HasTakenOver);
        NatSnapshot after = await UntilAsync(NatAsync);
        Assert.Equal(before.Blocks.Select(block => (block.Address, block.First, block.Lease)), after.Blocks.Select(block => (block.Address, block.First, block.Lease)));
        Assert.Equal(port, await TalkAsync());
        Assert.Equal(keys, await KeysAsync(store));

        // Longer than the leases last: somebody keeps them, and the other process has not ended them.
        await Task.Delay(TimeSpan.FromSeconds(5), Cancelled);
        Assert.Equal(keys, await KeysAsync(store));
        SwitchSnapshot shown = await ControlClient.ShowAsync(SocketPath, ShowTopic.Cluster, Cancelled);
        Assert.True(shown.Cluster!.LeaseSeconds > 0);
        Assert.Equal(0, shown.Cluster.Blocks.Single().Lost);
    }

    [Fact]
    public async Task A_store_in_a_file_is_the_next_processs_when_the_one_before_has_ended_and_nothing_in_it_is_lost()
    {
        string file = Path.Combine(_folder, "cluster.db");
        SwitchPlan plan = Lab(file);
        SwitchHost first = SwitchHost.Start(plan);
        NatSnapshot before = await UntilAsync(async () => await NatAsync() is { Blocks.Count: > 0 } nat ? nat : null);
        ushort port = await TalkAsync();
        Assert.Throws<SwitchStartException>(() => SwitchHost.Start(plan with { ControlSocket = null }));

        await using SwitchHost second = SwitchHost.Start(plan, new SwitchHostOptions { Takeover = true });
        Assert.Equal(SwitchEnd.HandedOver, (await first.Completion).End);
        long handedOver = System.Diagnostics.Stopwatch.GetTimestamp();
        // The other process still has the file: nothing waits for it.
        Assert.Equal(port, await TalkAsync());
        Assert.Null((await ControlClient.ShowAsync(SocketPath, ShowTopic.Cluster, Cancelled)).Cluster!.SilentSeconds);
        await first.DisposeAsync();
        await second.PredecessorEnded.WaitAsync(Patience, Cancelled);
        // Leases that last longer than when they were handed over were kept alive since, in the file.
        await UntilAsync(async () => (await ControlClient.ShowAsync(SocketPath, ShowTopic.Cluster, Cancelled)).Cluster is { SilentSeconds: not null } cluster
            && Lasts(cluster.LeaseSeconds) && Lasts(cluster.Blocks.Single().LeaseSeconds) ? cluster : null);
        NatSnapshot after = await UntilAsync(NatAsync);
        Assert.Equal(before.Blocks.Select(block => (block.Address, block.First, block.Lease)), after.Blocks.Select(block => (block.Address, block.First, block.Lease)));
        Assert.Equal(0, (await ControlClient.ShowAsync(SocketPath, ShowTopic.Cluster, Cancelled)).Cluster!.Blocks.Single().Lost);
        Assert.Equal(port, await TalkAsync());

        bool Lasts(double seconds) => seconds + System.Diagnostics.Stopwatch.GetElapsedTime(handedOver).TotalSeconds > FileLeaseSeconds;
    }

    [Fact]
    public async Task Another_member_than_the_one_that_runs_is_refused_and_the_one_that_runs_goes_on_with_its_leases()
    {
        SwitchPlan plan = Lab();
        await using var store = new EtcdStore(new EtcdOptions { Endpoints = _members!.Endpoints });
        await using SwitchHost first = SwitchHost.Start(plan);
        string[] keys = await SettledAsync(store);
        SwitchStartException refused = Assert.Throws<SwitchStartException>(() => SwitchHost.Start(plan with { Cluster = plan.Cluster! with { Host = "another" } }, new SwitchHostOptions { Takeover = true }));
        Assert.Contains("another member", refused.Message, StringComparison.Ordinal);
        // One that fails for another reason gives up nothing of the first one either.
        Assert.ThrowsAny<Exception>(() => SwitchHost.Start(plan with { Cores = [4095] }, new SwitchHostOptions { Takeover = true }));
        await Task.Delay(TimeSpan.FromSeconds(4), Cancelled);
        Assert.Equal(keys, await KeysAsync(store));
        Assert.NotEmpty((await NatAsync())!.Blocks);
    }

    /// <summary>All keys with what they are bound to and when they were written.</summary>
    private static async Task<string[]> KeysAsync(EtcdStore store) =>
        [.. (await store.ReadAsync("/", Cancelled)).Entries.Values.Select(entry => $"{entry.Key} {entry.LeaseId:x} {entry.ModRevision}")];

    /// <summary>The keys when endpoints and blocks are there and nothing is written any more.</summary>
    private static Task<string[]> SettledAsync(EtcdStore store) => UntilAsync(async () =>
    {
        string[] keys = await KeysAsync(store);
        await Task.Delay(500, Cancelled);
        string[] later = await KeysAsync(store);
        return keys.Length >= 2 + (2 * 3) && later.SequenceEqual(keys) ? keys : null;
    });

    /// <summary>The machine sends from one port; the port that the world sees.</summary>
    private async Task<ushort> TalkAsync()
    {
        const string listen = "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('198.51.100.1',7))\nprint('ready',flush=True)\nd,a=s.recvfrom(99)\nprint('from',a[1],flush=True)\n";
        const string send = "import socket,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('10.60.0.2',4000))\nfor i in range(600):\n s.sendto(b'x',('198.51.100.1',7))\n time.sleep(0.1)\n";
        using RunningCommand listener = _spaces[2].Start("/usr/bin/python3", "-c", listen);
        Assert.True(listener.WaitForOutput("ready", Patience), listener.Error);
        using RunningCommand sender = _spaces[1].Start("/usr/bin/python3", "-c", send);
        await UntilAsync(() => Task.FromResult(listener.Output.Contains("from", StringComparison.Ordinal) && listener.HasExited ? this : null));
        return ushort.Parse(listener.Output.Trim().Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<NatSnapshot?> NatAsync()
    {
        try
        {
            return (await ControlClient.ShowAsync(SocketPath, ShowTopic.Nat, Cancelled)).Nats.SingleOrDefault();
        }
        catch (ControlException)
        {
            return null;
        }
    }

    private static async Task<T> UntilAsync<T>(Func<Task<T?>> question)
        where T : class
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (true)
        {
            if (await question() is T answer)
            {
                return answer;
            }

            Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(start) < Patience, "it did not become so");
            await Task.Delay(50, Cancelled);
        }
    }

    /// <param name="file">The file of the store; null for etcd.</param>
    private SwitchPlan Lab(string? file = null)
    {
        LiveRequirements.Need(file is null ? ["etcd", "etcdctl", "ethtool"] : ["ethtool"]);
        _members = file is null ? new EtcdMembers(1) : null;
        // While the file is the other process's nobody can keep a lease in it.
        string store = _members is null ? $"leaseSeconds: {FileLeaseSeconds}, file: \"{file}\"" : $"leaseSeconds: 3, etcd: {{endpoints: [\"{_members.Endpoints[0].GetLeftPart(UriPartial.Authority)}\"] }} ";
        for (int i = 0; i < 4; i++)
        {
            _spaces.Add(NetNamespace.Create());
        }

        foreach ((int number, string device) in new[] { (1, "in"), (2, "out"), (3, "under") })
        {
            _spaces[0].AddVeth(device, _spaces[number], "eth0");
        }

        _spaces[1].Run("ethtool", "-K", "eth0", "tx", "off");
        _spaces[1].AddAddress("eth0", "10.60.0.2/24");
        _spaces[1].Ip("route", "add", "default", "via", "10.60.0.1");
        _spaces[2].AddAddress("eth0", "10.9.0.1/24");
        _spaces[2].Ip("addr", "add", "198.51.100.1/32", "dev", "lo");
        string Port(string name, string rest) => $"{{name: {name}, type: af_packet, device: {name}, networkNamespace: {_spaces[0].Name}, {rest}}}";
        ConfigurationResult read = ConfigurationFile.ReadText(
            $$"""
            schema: weft/1
            switch: {name: lab, controlSocket: "{{SocketPath}}"}
            cluster: {{{store}}}
            ports:
              - {{Port("in", "vlan: {id: 20}")}}
              - {{Port("out", "vlan: {id: 30}")}}
              - {{Port("under", "role: underlay, mtu: 1600")}}
            vteps: [{name: t, port: under, address: 172.16.0.1/24}]
            segments:
              - {name: overlay, vlan: 10, vni: 5000, vtep: t, discover: true}
              - {name: more, vlan: 11, vni: 5001, vtep: t, discover: true}
              - {name: inside, vlan: 20}
              - {name: outside, vlan: 30}
            routers:
              - name: edge
                interfaces: [{segment: inside, addresses: [10.60.0.1/24]}, {segment: outside, addresses: [10.9.0.2/24]}]
                routes: [{prefix: 0.0.0.0/0, via: 10.9.0.1}]
            nat:
              - {name: shared, router: edge, outside: outside, shared: {addresses: [192.0.2.1], blockPorts: 256, sparePorts: 100, maxBlocks: 4, quarantineSeconds: 2} }
            """,
            Path.Combine(_folder, "lab.yaml"));
        return read.Plan ?? throw new InvalidOperationException(string.Join('\n', read.Problems));
    }
}
