using FsCheck;
using FsCheck.Fluent;
using Weft.Packets;
using static Weft.Conformance.HostTests.TestFrames;
using static Weft.Conformance.HostTests.TestPlans;

namespace Weft.Conformance.HostTests;

/// <summary>Traffic as a list of small numbers, so that a failing case shrinks to one that a person can read.</summary>
/// <param name="Port">Where the frame arrives.</param>
/// <param name="Shape">What kind of frame it is.</param>
/// <param name="To">Whom it is for.</param>
/// <param name="From">Whom it is from.</param>
public sealed record RandomFrame(int Port, int Shape, int To, int From)
{
    private static readonly int[] Ports = [Web1, Web2, Db, Trunk, Up0];
    private static readonly MacAddress[] Stations = [A, B, C, MacAddress.Parse("02:00:00:00:00:0d"), Broadcast, MacAddress.Parse("01:80:c2:00:00:00")];
    private static readonly IPv4Address[] Hosts = [.. Enumerable.Range(1, 6).Select(host => IPv4Address.Parse($"10.0.0.{host}"))];

    /// <summary>Sequences that shrink by leaving frames out.</summary>
    public static Arbitrary<RandomFrame[]> Sequences { get; } = Arb.From(
        (from port in Gen.Choose(0, 4) from shape in Gen.Choose(0, 9) from to in Gen.Choose(0, 5) from source in Gen.Choose(0, 4) select new RandomFrame(port, shape, to, source)).ArrayOf(60),
        frames => Enumerable.Range(0, frames.Length).Select(left => frames.Where((_, i) => i != left).ToArray()));

    /// <summary>The port.</summary>
    public int Ingress => Ports[Port];

    /// <summary>The bytes.</summary>
    public byte[] Bytes()
    {
        MacAddress to = Stations[To], from = Stations[From];
        byte[] inner = Shape switch
        {
            0 or 1 => Plain(to, from, 60 + From),
            2 => Tagged(Plain(to, from), 10),
            3 => Tagged(Plain(to, from), (ushort)(0x4000 | (10 * To))),
            4 => Arp(1, Broadcast, from, Hosts[From], MacAddress.Zero, Hosts[To]),
            5 => Arp(2, to, from, Hosts[From], to, Hosts[To]),
            6 => Plain(to, from, 1514),
            7 => Plain(to, from)[..(10 + To)],
            8 => Plain(to, from, 1800),
            _ => Tagged(Plain(to, from), 4095),
        };
        if (Ingress != Up0)
        {
            return inner;
        }

        return Shape switch
        {
            7 => Arp(2, VtepMac, PeerMac, PeerAddress, VtepMac, VtepAddress),
            8 => Arp(1, Broadcast, Peer3Mac, Peer3Address, MacAddress.Zero, VtepAddress),
            9 => Vxlan(inner, (uint)To, VtepMac, PeerMac, PeerAddress, VtepAddress),
            _ when From % 2 == 0 => FromPeer(inner),
            _ => Vxlan(inner, Vni, VtepMac, Peer3Mac, Peer3Address, VtepAddress),
        };
    }
}
