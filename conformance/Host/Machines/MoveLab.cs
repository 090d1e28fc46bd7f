using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Two switches as processes of their own, and a machine that has a cable to each, one of which is plugged in:
/// <code>
/// machine m0 ── a-m  weft a  a-net ─┐
///   10.0.0.1                        fabric (Linux forwards by its own tables) ── server 10.0.0.2, 10.0.0.3
/// machine m1 ── b-m  weft b  b-net ─┘
/// </code>
/// The fabric is a third switch of the same kind without services; the hosts talk to each other over a cable of their own.
/// </summary>
internal sealed class MoveLab : IDisposable
{
    public const string MachineMac = "02:00:00:00:aa:01", MachineAddress = "10.0.0.1", FirstServer = "10.0.0.2", SecondServer = "10.0.0.3", Virtual = "10.96.0.1";

    /// <summary>Where the second host listens, and where <see cref="MoveGate"/> stands in its place.</summary>
    public const string TargetAddress = "192.0.2.2", GateAddress = "192.0.2.1";

    public const int TargetPort = 7411, GatePort = 7412;

    private readonly string _folder = Directory.CreateTempSubdirectory("weft-move-").FullName;

    public MoveLab()
    {
        Machine = NetNamespace.Create();
        Server = NetNamespace.Create();
        Fabric = NetNamespace.Create();
        HostA = NetNamespace.Create();
        HostB = NetNamespace.Create();
        Machine.AddVeth("m0", HostA, "vm");
        Machine.AddVeth("m1", HostB, "vm");
        Machine.SetMac("m0", MachineMac);
        Machine.SetMac("m1", MachineMac);
        Fabric.AddVeth("a", HostA, "net");
        Fabric.AddVeth("b", HostB, "net");
        Fabric.AddVeth("s", Server, "s0");
        HostA.AddVeth("ctl", HostB, "ctl");
        HostA.AddAddress("ctl", "192.0.2.1/24");
        HostB.AddAddress("ctl", "192.0.2.2/24");
        Server.AddAddress("s0", FirstServer + "/24");
        Server.AddAddress("s0", SecondServer + "/24");
        Machine.Ip("link", "set", "m1", "down");
        Plug("m0");
    }

    public NetNamespace Machine { get; }

    public NetNamespace Server { get; }

    public NetNamespace Fabric { get; }

    public NetNamespace HostA { get; }

    public NetNamespace HostB { get; }

    public string SocketOf(string host) => Path.Combine(_folder, host + ".sock");

    /// <summary>Starts the fabric.</summary>
    public RunningCommand StartFabric() => Start(Fabric, "fabric", """
        ports:
          - {name: a, type: af_packet, device: a, vlan: {mode: access, id: 10}}
          - {name: b, type: af_packet, device: b, vlan: {mode: access, id: 10}}
          - {name: s, type: af_packet, device: s, vlan: {mode: access, id: 10}}
        segments:
          - {name: net, vlan: 10, suppression: {arp: false, nd: false}}
        """);

    /// <summary>Starts one of the two hosts.</summary>
    public RunningCommand StartHost(string name, bool isStandby, string key = "a secret of a length that will do")
    {
        File.WriteAllText(Path.Combine(_folder, $"{name}.key"), key);
        string standby = isStandby ? "true" : "false";
        string own = name == "a" ? GateAddress : TargetAddress;
        return Start(name == "a" ? HostA : HostB, name, $$"""
        ports:
          - {name: vm, type: af_packet, device: vm, vlan: {mode: access, id: 10} }
          - {name: net, type: af_packet, device: net, vlan: {mode: access, id: 10} }
        segments:
          - {name: net, vlan: 10, suppression: {arp: false, nd: false} }
        services:
          - {name: tracked, type: connections}
          - name: pool
            type: load-balancer
            balancer:
              virtual:
                - {address: {{Virtual}}, protocol: tcp, backends: [{address: {{FirstServer}} }, {address: {{SecondServer}} }]}
                - {address: {{Virtual}}, protocol: udp, backends: [{address: {{FirstServer}} }, {address: {{SecondServer}} }]}
          - name: rules
            type: firewall
            firewall:
              rules:
                - {name: out, action: allow, opened: machine}
                - {name: ping, action: allow, protocol: icmp}
          - {name: rate, type: policer, policer: {outKilobits: 400000, inKilobits: 400000} }
        machines:
          - {name: vm, id: 7, port: vm, services: [tracked, pool, rules, rate], standby: {{standby}} }
        moves:
          listen: {{own}}
          keyFile: {{name}}.key
          freezeMilliseconds: 5000
          timeoutMilliseconds: 20000
          hosts:
            - {name: a, address: 192.0.2.1}
            - {name: b, address: {{TargetAddress}} }
            - {name: gate, address: {{GateAddress}}, port: {{GatePort}} }
        """);
    }

    public CommandResult Weft(params string[] arguments) => Command.Run(TimeSpan.FromSeconds(120), "dotnet", [Executable, .. arguments]);

    public CommandResult Migrate(string from, string to) => Weft("migrate", "vm", "--to", to, "--socket", SocketOf(from));

    /// <summary>Has the machine use its cable to the other host, as a hypervisor does that starts it there.</summary>
    public void Replug(string from, string to)
    {
        Machine.Ip("addr", "flush", "dev", from);
        Machine.Ip("link", "set", from, "down");
        Machine.Ip("link", "set", to, "up");
        Plug(to);
    }

    public void Dispose()
    {
        foreach (NetNamespace space in (NetNamespace[])[Machine, Server, Fabric, HostA, HostB])
        {
            space.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static string Executable => Path.Combine(AppContext.BaseDirectory, "weft.dll");

    /// <summary>The servers are reached at the virtual address as at their own, without a gateway: neighbours are configured by hand.</summary>
    private void Plug(string device)
    {
        string mac = Server.Run("cat", "/sys/class/net/s0/address").Required().Output.Trim();
        Machine.AddAddress(device, MachineAddress + "/24");
        Machine.Ip("route", "replace", Virtual, "via", FirstServer, "dev", device);
        Machine.Ip("neigh", "replace", FirstServer, "lladdr", mac, "dev", device);
        Machine.Ip("neigh", "replace", SecondServer, "lladdr", mac, "dev", device);
        Server.Ip("neigh", "replace", MachineAddress, "lladdr", MachineMac, "dev", "s0");
    }

    private RunningCommand Start(NetNamespace where, string name, string configuration)
    {
        string path = Path.Combine(_folder, name + ".yaml");
        File.WriteAllText(path, $"schema: weft/1\nswitch: {{name: {name}, controlSocket: \"{SocketOf(name)}\"}}\n{configuration}\n");
        RunningCommand running = where.Start("dotnet", Executable, "run", path);
        Assert.True(Wait.Until(() => Weft("show", "ports", "--socket", SocketOf(name)).Succeeded, TimeSpan.FromSeconds(60), () => running.HasExited), running.Output + running.Error);
        return running;
    }
}
