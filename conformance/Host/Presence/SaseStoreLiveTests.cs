using Weft.Conformance.ClusterTests;
using Weft.Conformance.SaseTests;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Sase;
using static Weft.Conformance.HostTests.SaseLab;

namespace Weft.Conformance.HostTests;

/// <summary>A point of presence whose nodes ask etcd before they own anything.</summary>
[Trait(Kind.Key, Kind.Live)]
public sealed class SaseStoreLiveTests
{
    /// <summary>So slow that a busy machine does not lose sessions by itself.</summary>
    private const int Leisurely = 300;

    [Fact]
    public void A_bundle_of_a_node_that_dies_moves_in_etcd_first_and_nothing_is_taken_from_its_earlier_owner()
    {
        LiveRequirements.Need("etcd", "etcdctl", "kill", "ip", Python);
        using var members = new EtcdMembers(1);
        using var lab = new SaseLab(Leisurely, members);
        lab.Start();
        int owner = lab.OwnerOf(1);
        Epoch before = EpochOf(lab, 1);
        Assert.Equal((owner, before.Term), Stored(members, 1));
        lab.Kill(owner);
        Assert.True(Wait.Until(() => lab.OwnerOf(1) != owner && EpochOf(lab, 1) > before, Patience), $"nobody took over: {lab.Logs()}");
        Epoch after = EpochOf(lab, 1);
        Assert.Equal((after.Node, after.Term), Stored(members, 1));
        Assert.StartsWith(PublicOf(1) + ":", Ask(lab.Sites[1]), StringComparison.Ordinal);

        // Whoever has its address now says what it would have said, in the epoch that it had, and in the one that is.
        var pop = new PopOptions
        {
            Gateways = [IPv4Address.Parse("10.99.0.1")],
            Nodes = [new IPv4Address(IPv4Address.Parse("10.99.0.11").Value + (uint)owner)],
            Seed = new HashSeed(1, 2),
        };
        byte[] inner = NatTests.NatTestBed.Udp(IPv4Address.Parse(Server), 5353, IPv4Address.Parse(Near), 4444);
        foreach (Epoch claimed in (Epoch[])[before, after])
        {
            byte[] options = TunnelPackets.Options(pop, claimed, gateway: 0);
            byte[] header = new byte[GeneveHeader.MinLength + options.Length];
            _ = new GeneveHeader(1001).Write(header, options);
            byte[] late = [.. header, .. TunnelPackets.ToGateway(pop, inner)];
            long refused = Refused(lab);
            Assert.True(
                Wait.Until(
                    () =>
                    {
                        lab.SendAs(owner, "10.99.0.1", GeneveHeader.Port, late);
                        return Refused(lab) > refused;
                    },
                    Patience),
                $"{claimed} is not refused: {lab.Logs()}");
            Assert.Equal((after, after.Node), (EpochOf(lab, 1), lab.OwnerOf(1)));
        }
    }

    private static long Refused(SaseLab lab) => lab.DropsOf(0).Where(drop => drop.Reason == "sase-stale-owner").Sum(drop => drop.Packets);

    private static Epoch EpochOf(SaseLab lab, int tenant)
    {
        string[] parts = lab.Show(0)!.Bundles.Single(bundle => bundle.Bundle == tenant % 4).Epoch.Split('.');
        return parts.Length < 2 ? Epoch.None : new Epoch((uint.Parse(parts[0], null) << 8) | uint.Parse(parts[1], null));
    }

    /// <summary>The owner's number and the term, as etcd has them.</summary>
    private static (int Owner, uint Term) Stored(EtcdMembers members, int tenant)
    {
        using var entry = System.Text.Json.JsonDocument.Parse(members.Control(0, "get", $"/sase/v1/pop/bundle/{tenant % 4}", "--print-value-only").Output);
        IPv4Address owner = IPv4Address.Parse(entry.RootElement.GetProperty("owner").GetString()!);
        return ((int)(owner.Value - IPv4Address.Parse("10.99.0.11").Value), entry.RootElement.GetProperty("epoch").GetUInt32());
    }
}
