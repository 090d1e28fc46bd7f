using System.Diagnostics;
using System.Globalization;
using Weft.Conformance.ClusterTests;
using Weft.Conformance.Support;
using Weft.Host.Control;
using Weft.Host.Observe;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Processes of weft around one member of etcd: two hosts that share an address of one block of ports, and the gateway in front of them, which nobody tells who has it.
/// <c>machine n ── host n ── gateway ── world</c>; both machines have the same address.
/// </summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class NatGatewayClusterLiveTests : IDisposable
{
    private const string Shared = "192.0.2.1", World = "198.51.100.1";

    private const string Echo = "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.bind(('198.51.100.1',7))\nprint('ready',flush=True)\nwhile True:\n d,a=s.recvfrom(99)\n s.sendto(d+b' from %s %d'%(a[0].encode(),a[1]),a)\n";

    /// <summary>Asks until an answer to this question comes.</summary>
    private const string Ask = """
        import socket, sys, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.3)
        for i in range(300):
            try:
                s.sendto(sys.argv[1].encode(), ("198.51.100.1", 7))
                answer = s.recv(99).decode()
                if answer.startswith(sys.argv[1] + " "):
                    print(answer)
                    break
            except OSError:
                time.sleep(0.1)
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-natgw-").FullName;
    private readonly List<NetNamespace> _spaces = [];
    private readonly List<RunningCommand> _processes = [];
    private EtcdMembers? _members;

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

    private NetNamespace Middle => _spaces[0];

    public void Dispose()
    {
        _processes.ForEach(process => process.Dispose());
        _spaces.ForEach(space => space.Dispose());
        _members?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task What_the_world_answers_reaches_the_host_that_has_the_block_now_and_nobody_while_it_rests()
    {
        LiveRequirements.Need("etcd", "etcdctl", "ethtool", "python3");
        _members = new EtcdMembers(1);
        Build();
        RunningCommand echo = Keep(_spaces[4].Start("python3", "-c", Echo));
        Assert.True(echo.WaitForOutput("ready", Patience), echo.Error);
        RunningCommand edge = Start("edge", Edge()), first = Start("host1", HostOf(1));
        await AnswersAsync("edge", edge);
        await AwaitOwnerAsync("fd01::1");
        int port = TalkFrom(1);

        // Killed, it gives nothing back: its lease ends, and the gateway learns that the ports are nobody's.
        first.Dispose();
        await AwaitOwnerAsync(null);
        long before = (await GatewayAsync()).Unowned;
        await UntilAsync(async () => Poke(port) && (await GatewayAsync()).Unowned > before);

        // There is one block, so the next owner has the same ports.
        Start("host2", HostOf(2));
        await AwaitOwnerAsync("fd01::2");
        Assert.InRange(TalkFrom(2), 32768, 65535);

        // Who had it comes back and gets none of it; what the world sends to the port of that time is the new owner's to refuse.
        await AnswersAsync("host1", Start("host1", HostOf(1)));
        long sent = (await GatewayAsync()).Sent;
        await UntilAsync(async () => Poke(port) && (await GatewayAsync()).Sent > sent);
        Assert.Equal(["fd01::2"], await OwnersAsync());
        Assert.Equal(0, (await ShowAsync("host1", ShowTopic.Nat)).Nats[0].Decapsulated);
        Assert.InRange(TalkFrom(2), 32768, 65535);
    }

    private static async Task UntilAsync(Func<Task<bool>> question, Func<string>? what = null)
    {
        for (long start = Stopwatch.GetTimestamp(); !await question(); await Task.Delay(100, TestContext.Current.CancellationToken))
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, what?.Invoke() ?? "it did not become so");
        }
    }

    private Task AnswersAsync(string name, RunningCommand process) => UntilAsync(
        async () =>
        {
            Assert.False(process.HasExited, process.Output + process.Error);
            try
            {
                return (await ShowAsync(name, ShowTopic.Ports)).Ports.Count > 0;
            }
            catch (ControlException)
            {
                return false;
            }
        },
        () => process.Output + process.Error);

    /// <summary>Whom the gateway knows as owners of the block.</summary>
    private async Task<string[]> OwnersAsync() => [.. (await GatewayAsync()).Owners.Select(owner => owner.Host.ToString())];

    /// <summary>Waits until the gateway knows this host as the owner of the block; null for nobody.</summary>
    private Task AwaitOwnerAsync(string? host) =>
        UntilAsync(async () => (await OwnersAsync()).SequenceEqual(host is null ? [] : [host]), () => $"not {host}; {string.Join('\n', _processes.Select(process => process.Error))}");

    /// <summary>A machine asks the world and is answered.</summary>
    /// <returns>The port that the world saw.</returns>
    private int TalkFrom(int machine)
    {
        string answer = _spaces[machine].Run("timeout", "120", "python3", "-c", Ask, $"machine{machine}").Output.Trim();
        Assert.StartsWith($"machine{machine} from {Shared} ", answer);
        return int.Parse(answer.Split(' ')[^1], CultureInfo.InvariantCulture);
    }

    private bool Poke(int port) => _spaces[4].Run("python3", "-c", $"import socket\nsocket.socket(socket.AF_INET,socket.SOCK_DGRAM).sendto(b'x',('{Shared}',{port}))").Succeeded;

    private async Task<NatGatewaySnapshot> GatewayAsync() => (await ShowAsync("edge", ShowTopic.NatOwners)).NatGateways[0];

    private Task<SwitchSnapshot> ShowAsync(string name, ShowTopic what) => ControlClient.ShowAsync(SocketOf(name), what, TestContext.Current.CancellationToken);

    private string SocketOf(string name) => Path.Combine(_folder, name + ".sock");

    private RunningCommand Keep(RunningCommand process)
    {
        _processes.Add(process);
        return process;
    }

    private RunningCommand Start(string name, string configuration)
    {
        string file = Path.Combine(_folder, name + ".yaml");
        File.WriteAllText(file, $$"""
            schema: weft/1
            switch: {name: {{name}}, controlSocket: "{{SocketOf(name)}}"}
            cluster: {leaseSeconds: 3, etcd: {endpoints: ["{{_members!.Endpoints[0].GetLeftPart(UriPartial.Authority)}}"] } }

            """ + configuration);
        return Keep(Command.Start("dotnet", Executable, "run", file));
    }

    /// <summary>Middle, machine 1, machine 2, fabric, world.</summary>
    private void Build()
    {
        for (int space = 0; space < 5; space++)
        {
            _spaces.Add(NetNamespace.Create());
        }

        NetNamespace fabric = _spaces[3], world = _spaces[4];
        fabric.Ip("link", "add", "name", "br0", "type", "bridge");
        fabric.Ip("link", "set", "dev", "br0", "up");
        foreach (string device in (string[])["u1", "u2", "ue"])
        {
            Middle.AddVeth(device, fabric, device);
            fabric.Ip("link", "set", "dev", device, "master", "br0");
        }

        foreach (int number in (int[])[1, 2])
        {
            NetNamespace machine = _spaces[number];
            Middle.AddVeth($"m{number}", machine, "eth0");
            machine.Run("ethtool", "-K", "eth0", "tx", "off");
            machine.AddAddress("eth0", "10.60.0.2/24");
            machine.Ip("route", "add", "default", "via", "10.60.0.1");
        }

        Middle.AddVeth("w", world, "eth0");
        world.Run("ethtool", "-K", "eth0", "tx", "off");
        world.AddAddress("eth0", World + "/24");
        world.Ip("route", "add", "default", "via", "198.51.100.254");
    }

    private string Port(string device, int vlan) => $"{{name: {device}, type: af_packet, device: {device}, networkNamespace: {Middle.Name}, vlan: {{id: {vlan}}}}}";

    private string HostOf(int number) => $$"""
        ports:
          - {{Port($"m{number}", 10)}}
          - {{Port($"u{number}", 20)}}
        segments: [{name: inside, vlan: 10}, {name: outside, vlan: 20}]
        routers:
          - name: edge
            interfaces: [{segment: inside, addresses: [10.60.0.1/24]}, {segment: outside, addresses: [10.9.1.{{number}}/24, "fd00:1::{{number}}/64", "fd01::{{number}}/128"]}]
            routes: [{prefix: 0.0.0.0/0, via: 10.9.1.254}, {prefix: "::/0", via: "fd00:1::fe"}]
        nat:
          - name: shared
            router: edge
            outside: outside
            shared: {addresses: [{{Shared}}], blockPorts: 32768, firstPort: 32768, sparePorts: 16, maxBlocks: 1, quarantineSeconds: 2}
            tunnel: {prefix: "fd5a:1b2c:3d4e:1::/64", address: "fd01::{{number}}", hosts: "fd01::/64"}
        """;

    private string Edge() => $$"""
        ports:
          - {{Port("w", 10)}}
          - {{Port("ue", 20)}}
        segments: [{name: world, vlan: 10}, {name: hosts, vlan: 20}]
        routers:
          - name: edge
            interfaces: [{segment: world, addresses: [198.51.100.254/24]}, {segment: hosts, addresses: [10.9.1.254/24, "fd00:1::fe/64"]}]
            routes: [{prefix: "fd01::1/128", via: "fd00:1::1"}, {prefix: "fd01::2/128", via: "fd00:1::2"}]
        natGateways:
          - name: edge
            router: edge
            addresses: [{{Shared}}]
            tunnel: {prefix: "fd5a:1b2c:3d4e:1::/64", address: "fd00:1::fe", hosts: "fd01::/64"}
            learn: true
        """;
}
