using Weft.Conformance.Support;
using Weft.Host.Config;
using Weft.Host.Datapath;
using Weft.Nat;
using Weft.Packets;
using static Weft.Conformance.HostTests.RouterPlans;

namespace Weft.Conformance.HostTests;

/// <summary>
/// Three switches behind the kernel as their gateway, which share 192.0.2.1:
/// <c>machine n (10.0.0.1n) ── switch n ── gateway ── server (203.0.113.1, .3)</c>. Switch n owns ports n·4096 to n·4096 + 4095; the gateway finds the owner
/// with policy rules and one SRv6 segment, which is IPv4 in IPv6 on the wire. What has no port is sent to the first switch. The first
/// machine has a second cable, to the second switch.
/// </summary>
internal sealed class NatLab : IDisposable
{
    public const int Hosts = 3, PortsOfHost = 4096;
    public const string Shared = "192.0.2.1", Server = "203.0.113.1", SecondServer = "203.0.113.3", Plan = "fd5a:1b2c:3d4e:1";

    private readonly NetNamespace[] _middles;
    private readonly SwitchHost?[] _hosts = new SwitchHost?[Hosts + 1];

    public NatLab()
    {
        Gateway = NetNamespace.Create(quiet: false);
        Remote = NetNamespace.Create(quiet: false);
        _middles = [.. Enumerable.Range(0, Hosts + 1).Select(_ => NetNamespace.Create())];
        Machines = [.. Enumerable.Range(0, Hosts + 1).Select(_ => NetNamespace.Create(quiet: false))];
        Gateway.Run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1", "net.ipv6.conf.all.seg6_enabled=1", "net.ipv6.conf.default.seg6_enabled=1", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0").Required();
        Remote.AddVeth("s0", Gateway, "g0");
        Remote.AddAddress("s0", Server + "/24");
        Remote.AddAddress("s0", SecondServer + "/24");
        Gateway.AddAddress("g0", "203.0.113.2/24");
        Remote.Ip("route", "add", "default", "via", "203.0.113.2");
        for (int host = 1; host <= Hosts; host++)
        {
            Connect(host);
        }

        // What names no port goes to the first one, which sends it on.
        Gateway.Ip("-6", "route", "add", $"{Plan}:c000:201:0:0/96", "via", "fd00:1::2");
        Gateway.Ip("route", "add", Shared + "/32", "encap", "seg6", "mode", "encap.red", "segs", $"{Plan}:c000:201::", "dev", "g1");
        Machines[1].AddVeth("m1", _middles[2], "spare");
        Machines[1].Ip("link", "set", "m1", "down");
    }

    public NetNamespace Gateway { get; }

    public NetNamespace Remote { get; }

    /// <summary>By number, from 1.</summary>
    public NetNamespace[] Machines { get; }

    /// <summary>The tunnel address of a switch.</summary>
    public static string TunnelOf(int host) => $"fd01::{host}";

    /// <summary>The address of a machine.</summary>
    public static string AddressOf(int host) => $"10.0.0.1{host}";

    /// <summary>Starts the switches and waits until every machine reaches the server.</summary>
    public SwitchHost[] Start(Func<NatPlan, NatPlan>? change = null)
    {
        for (int host = 1; host <= Hosts; host++)
        {
            _hosts[host] = SwitchHost.Start(PlanOf(host, change ?? (nat => nat)));
        }

        for (int host = 1; host <= Hosts; host++)
        {
            int number = host;
            Assert.True(Wait.Until(() => Machines[number].Run("ping", "-c", "1", "-W", "1", Server).Succeeded, TimeSpan.FromSeconds(30)), $"machine {number} does not reach the server");
        }

        return [.. _hosts.Skip(1).Select(host => host!)];
    }

    /// <summary>Ends a switch as an operator does, and starts the next one in its place.</summary>
    public async Task<SwitchHost> RestartAsync(int host, string? stateFile, string? controlSocket = null)
    {
        SwitchPlan plan = PlanOf(host, nat => nat) with { StateFile = stateFile, ControlSocket = controlSocket };
        await _hosts[host]!.DisposeAsync();
        return _hosts[host] = SwitchHost.Start(plan);
    }

    /// <summary>Has another switch go on in the place of one.</summary>
    public async Task<SwitchHost> TakeOverAsync(int host, string controlSocket)
    {
        SwitchHost before = _hosts[host]!;
        _hosts[host] = SwitchHost.Start(PlanOf(host, nat => nat) with { ControlSocket = controlSocket }, new SwitchHostOptions { Takeover = true });
        await before.DisposeAsync();
        return _hosts[host]!;
    }

    /// <summary>Brings the gateway to believe that a range of ports is another switch's.</summary>
    public void Misroute(string protocol, int owner, int to) =>
        Gateway.Ip("rule", "add", "pref", "50", "to", Shared, "ipproto", protocol, "dport", $"{owner * PortsOfHost}-{(owner * PortsOfHost) + PortsOfHost - 1}", "lookup", $"{100 + to}");

    /// <summary>Unplugs the first machine, which keeps its address, and plugs it in at the second switch.</summary>
    public void MoveFirstMachine()
    {
        Machines[1].Ip("addr", "del", AddressOf(1) + "/24", "dev", "m0");
        Machines[1].Ip("link", "set", "m0", "down");
        Machines[1].Ip("link", "set", "m1", "up");
        Machines[1].AddAddress("m1", AddressOf(1) + "/24");
        Machines[1].Ip("route", "add", "default", "via", "10.0.0.1");
    }

    public void Dispose()
    {
        foreach (SwitchHost? host in _hosts)
        {
            host?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }

        foreach (NetNamespace space in (NetNamespace[])[Gateway, Remote, .. _middles, .. Machines])
        {
            space.Dispose();
        }
    }

    private void Connect(int host)
    {
        Machines[host].AddVeth("m0", _middles[host], "lan");
        Machines[host].AddAddress("m0", AddressOf(host) + "/24");
        Machines[host].Ip("route", "add", "default", "via", "10.0.0.1");
        Gateway.AddVeth($"g{host}", _middles[host], "up");
        Gateway.AddAddress($"g{host}", $"10.9.{host}.1/24");
        Gateway.AddAddress($"g{host}", $"fd00:{host}::1/64");
        Gateway.Run("sysctl", "-qw", $"net.ipv6.conf.g{host}.seg6_enabled=1").Required();
        int first = host * PortsOfHost;
        Gateway.Ip("-6", "route", "add", $"{TunnelOf(host)}/128", "via", $"fd00:{host}::2");
        Gateway.Ip("-6", "route", "add", $"{Plan}:c000:201:{first:x}:0/100", "via", $"fd00:{host}::2");
        Gateway.Ip("route", "add", Shared + "/32", "table", $"{100 + host}", "encap", "seg6", "mode", "encap.red", "segs", $"{Plan}:c000:201:{first:x}:0", "dev", $"g{host}");
        foreach (string protocol in new[] { "udp", "tcp" })
        {
            Gateway.Ip("rule", "add", "pref", "100", "to", Shared, "ipproto", protocol, "dport", $"{first}-{first + PortsOfHost - 1}", "lookup", $"{100 + host}");
        }
    }

    private SwitchPlan PlanOf(int host, Func<NatPlan, NatPlan> change)
    {
        SwitchPlan plan = RouterPlans.Plan();
        PortPlan[] ports = [Port("lan", "lan", 10), Port("up", "up", 20)];
        return plan with
        {
            Name = $"host{host}",
            PoolBuffers = 8192,
            Ports = host == 2 ? [.. ports, Port("spare", "spare", 10)] : ports,
            Routers =
            [
                plan.Routers[0] with
                {
                    Interfaces =
                    [
                        plan.Routers[0].Interfaces[0] with { Addresses = [Net("10.0.0.1/24")] },
                        plan.Routers[0].Interfaces[1] with { Mac = MacAddress.Parse($"02:00:00:00:fe:1{host}"), Addresses = [Net($"10.9.{host}.2/24"), Net($"fd00:{host}::2/64"), Net(TunnelOf(host) + "/128")] },
                    ],
                    Routes = [Via("0.0.0.0/0", $"10.9.{host}.1"), Via("::/0", $"fd00:{host}::1")],
                },
            ],
            Nats =
            [
                change(new NatPlan
                {
                    Name = "shared",
                    Router = 0,
                    Outside = 1,
                    Inside = [IPv4Prefix.Parse("10.0.0.0/8")],
                    Blocks = [new PortBlock(IPv4Address.Parse(Shared), (ushort)(host * PortsOfHost), 12, LeaseEpoch: 1)],
                    Tunnel = new NatTunnelPlan(IPv6Prefix.Parse(Plan + "::/64"), IPv6Address.Parse(TunnelOf(host)), IPv6Prefix.Parse("fd01::/64"), 1500),
                }),
            ],
        };

        PortPlan Port(string name, string device, ushort vlan) => new()
        {
            Name = name,
            Kind = PortKind.AfPacket,
            Role = PortRole.Access,
            Device = device,
            NetworkNamespace = _middles[host].Name,
            MtuBytes = 1500,
            VlanMode = VlanMode.Access,
            NativeVlan = vlan,
        };
    }
}
