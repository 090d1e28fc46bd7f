using System.Globalization;
using Weft.Conformance.Support;

namespace Weft.Conformance.HostTests;

/// <summary>
/// What a point of presence is with FRR: a gateway that learns by BGP, watched by BFD, which of two nodes has the tunnel address 10.255.0.1, and goes to
/// the other one when the first is gone.
/// </summary>
internal sealed class FrrPop : IDisposable
{
    private const string Tunnel = "10.255.0.1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly NetNamespace _fabric = NetNamespace.Create();
    private readonly NetNamespace[] _members = [.. Enumerable.Range(0, 3).Select(_ => NetNamespace.Create())];
    private readonly List<IDisposable> _running = [];

    public FrrPop(int bfdMilliseconds)
    {
        try
        {
            _fabric.Ip("link", "add", "name", "b", "type", "bridge", "forward_delay", "0");
            _fabric.Ip("link", "set", "dev", "b", "up");
            for (int member = 0; member < _members.Length; member++)
            {
                _members[member].AddVeth("u0", _fabric, $"u{member}");
                _fabric.Ip("link", "set", $"u{member}", "master", "b");
                _members[member].AddAddress("u0", $"10.99.0.{1 + member}/24");
                _members[member].Ip("link", "set", "lo", "up");
            }

            string bfd = $"""
                bfd
                 profile fast
                  detect-multiplier 3
                  receive-interval {bfdMilliseconds}
                  transmit-interval {bfdMilliseconds}
                """;
            _running.Add(new FrrDaemons(_members[0], ("bfdd", bfd), ("bgpd", Bgp(65000, 1, [(2, 65001), (3, 65001)], metric: null))));
            for (int node = 1; node < _members.Length; node++)
            {
                _members[node].Ip("addr", "add", Tunnel + "/32", "dev", "lo");
                _running.Add(_members[node].Start(SaseLab.Python, "-u", "-c", SaseTraffic.Server, Tunnel));
                _running.Add(new FrrDaemons(_members[node], ("bfdd", bfd), ("bgpd", Bgp(65001, 1 + node, [(1, 65000)], metric: 10 * node))));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Cuts the node off that the gateway goes by, and says how long the probe heard nothing, in milliseconds.</summary>
    public double Measure()
    {
        Assert.True(Wait.Until(() => Way().Contains("10.99.0.2", StringComparison.Ordinal) && SaseLab.AskAt(_members[0], Tunnel) is not null, Patience), Way());
        using RunningCommand probe = _members[0].Start(SaseLab.Python, "-u", "-c", SaseTraffic.Probe, Tunnel, "3");
        Assert.True(probe.WaitForOutput("probing", Patience), probe.Error);
        Thread.Sleep(1000);
        _fabric.Ip("link", "set", "u1", "nomaster");
        CommandResult ended = probe.WaitForExit(Patience);
        _fabric.Ip("link", "set", "u1", "master", "b");
        string result = ended.Output.Split('\n').First(line => line.StartsWith("result ", StringComparison.Ordinal));
        return double.Parse(result.Split(' ')[3], CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        foreach (IDisposable running in Enumerable.Reverse(_running))
        {
            running.Dispose();
        }

        Array.ForEach([_fabric, .. _members], space => space.Dispose());
    }

    private static string Bgp(int number, int host, (int Host, int Number)[] neighbors, int? metric)
    {
        string each = string.Join('\n', neighbors.Select(peer => $"""
             neighbor 10.99.0.{peer.Host} remote-as {peer.Number}
             neighbor 10.99.0.{peer.Host} timers connect 1
             neighbor 10.99.0.{peer.Host} bfd profile fast
            """));
        return $"""
            ip prefix-list tunnels permit 10.255.0.0/16 ge 32
            route-map out permit 10
             match ip address prefix-list tunnels
             {(metric is null ? "" : $"set metric {metric}")}
            exit
            router bgp {number}
             bgp router-id 10.99.0.{host}
             no bgp ebgp-requires-policy
             bgp always-compare-med
             timers bgp 3 9
            {each}
             address-family ipv4 unicast
              {(metric is null ? "maximum-paths 1" : "redistribute connected route-map out")}
             exit-address-family
            exit
            """;
    }

    private string Way() => _members[0].Run("ip", "route", "get", Tunnel).Output;
}
