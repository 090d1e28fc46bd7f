using FsCheck;
using FsCheck.Fluent;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.PacketsTests;

/// <summary>What a value writes, its view reads back, whatever the fields hold. Arrays of numbers shrink to the smallest that fails.</summary>
[Trait(Kind.Key, Kind.Property)]
public sealed class RoundTripTests
{
    private static readonly Arbitrary<int[]> Numbers = Arb.From(
        Gen.Choose(int.MinValue, int.MaxValue).ArrayOf(10),
        numbers => Enumerable.Range(0, numbers.Length).Where(i => numbers[i] != 0).Select(i => numbers.Select((n, j) => j == i ? n / 2 : n).ToArray()));

    [Fact]
    public void IPv4_header() => Check(n =>
    {
        IPv4Header header = new()
        {
            Dscp = (byte)(n[0] & 63),
            Ecn = (byte)(n[0] >> 6 & 3),
            PayloadLength = n[1] & 0x7FFF,
            Identification = (ushort)n[2],
            DontFragment = n[3] < 0,
            MoreFragments = n[4] < 0,
            FragmentOffsetBytes = (n[5] & 0x1FFF) * 8,
            TimeToLive = (byte)n[6],
            Protocol = (IpProtocol)(byte)n[7],
            Source = new((uint)n[8]),
            Destination = new((uint)n[9]),
        };
        byte[] bytes = new byte[20];
        return header.Write(bytes) == 20 && IPv4View.TryParse(bytes, out IPv4View view) && view.ToHeader() == header && view.IsChecksumValid;
    });

    [Fact]
    public void IPv6_header() => Check(n =>
    {
        IPv6Header header = new()
        {
            Dscp = (byte)(n[0] & 63),
            Ecn = (byte)(n[0] >> 6 & 3),
            FlowLabel = (uint)n[1] & 0xFFFFF,
            PayloadLength = (ushort)n[2],
            NextHeader = (IpProtocol)(byte)n[3],
            HopLimit = (byte)n[4],
            Source = new((uint)n[5], (uint)n[6]),
            Destination = new((uint)n[7], (uint)n[8]),
        };
        byte[] bytes = new byte[40];
        return header.Write(bytes) == 40 && IPv6View.TryParse(bytes, out IPv6View view) && view.ToHeader() == header;
    });

    [Fact]
    public void Tcp_header() => Check(n =>
    {
        TcpHeader header = new()
        {
            SourcePort = (ushort)n[0],
            DestinationPort = (ushort)n[1],
            SequenceNumber = (uint)n[2],
            AcknowledgmentNumber = (uint)n[3],
            Flags = (TcpFlags)(byte)n[4],
            Window = (ushort)n[5],
            Checksum = (ushort)n[6],
            UrgentPointer = (ushort)n[7],
        };
        byte[] bytes = new byte[60];
        int length = header.Write(bytes, new byte[(n[8] & 7) * 4]);
        return TcpView.TryParse(bytes.AsSpan(0, length), out TcpView view) && view.ToHeader() == header && view.HeaderLength == length;
    });

    [Fact]
    public void Gre_header() => Check(n =>
    {
        GreHeader header = new((EtherType)(ushort)n[0])
        {
            Key = n[1] < 0 ? (uint)n[2] : null,
            SequenceNumber = n[3] < 0 ? (uint)n[4] : null,
            HasChecksum = n[5] < 0,
        };
        byte[] bytes = new byte[header.Length + (n[6] & 63)];
        Array.Fill(bytes, (byte)n[7]);
        return header.Write(bytes) == header.Length && GreView.TryParse(bytes, out GreView view) && view.ToHeader() == header && view.IsChecksumValid;
    });

    [Fact]
    public void Geneve_and_nsh_headers() => Check(n =>
    {
        GeneveHeader geneve = new((uint)n[0] & 0xFFFFFF, (EtherType)(ushort)n[1]) { IsControl = n[2] < 0, HasCriticalOptions = n[3] < 0 };
        NshHeader nsh = new((uint)n[4] & 0xFFFFFF, (byte)n[5], (NshNextProtocol)(byte)n[6]) { TimeToLive = (byte)(n[7] & 63), IsOam = n[8] < 0 };
        byte[] bytes = new byte[300];
        int geneveLength = geneve.Write(bytes, new byte[(n[9] & 63) * 4]);
        bool same = GeneveView.TryParse(bytes, out GeneveView geneveView) && geneveView.ToHeader() == geneve && geneveView.HeaderLength == geneveLength;
        int nshLength = nsh.Write(bytes, new byte[(n[9] & 31) * 4]);
        return same && NshView.TryParse(bytes, out NshView nshView) && nshView.ToHeader() == nsh && nshView.HeaderLength == nshLength;
    });

    [Fact]
    public void Flow_keys_survive_reversal_and_share_a_canonical_form() => Check(n =>
    {
        FlowKey4 v4 = new(new((uint)n[0]), new((uint)n[1]), (IpProtocol)(byte)n[2], (ushort)n[3], (ushort)n[4], (uint)n[5] & FlowKey4.MaxScope);
        FlowKey6 v6 = new(new((uint)n[0], (uint)n[6]), new((uint)n[0], (uint)n[7]), (IpProtocol)(byte)n[2], (ushort)n[3], (ushort)n[4], (uint)n[5]);
        return v4.Reversed.Reversed == v4 && v6.Reversed.Reversed == v6
            && v4.ToCanonical(out _) == v4.Reversed.ToCanonical(out _) && v4.ToCanonical(out _).IsCanonical
            && v6.ToCanonical(out _) == v6.Reversed.ToCanonical(out _) && v6.ToCanonical(out _).IsCanonical
            && (v4.Reversed.Source, v4.Reversed.DestinationPort, v4.Reversed.Scope) == (v4.Destination, v4.SourcePort, v4.Scope);
    });

    private static void Check(Func<int[], bool> law) => Prop.ForAll(Numbers, law).Check(Chance.Of(1000));
}
