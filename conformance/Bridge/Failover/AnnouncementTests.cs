using System.Buffers.Binary;
using System.Globalization;
using Weft.Bridge;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.BridgeTests;

[Trait(Kind.Key, Kind.Rfc)]
public sealed class AnnouncementTests
{
    private static readonly MacAddress Mac = MacAddress.Parse("02:00:00:00:0a:bc");

    [Fact]
    public void Rfc903_a_rarp_has_the_42_bytes_that_open_vswitch_sends()
    {
        byte[] frame = new byte[64];
        int length = Announcement.WriteRarp(frame, Mac);
        Assert.Equal(
            "ffffffffffff020000000abc8035" + "0001080006040003" + "020000000abc00000000" + "020000000abc00000000",
            Convert.ToHexStringLower(frame.AsSpan(0, length)));
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Open_vSwitch_wrote_the_same_octets_into_the_corpus()
    {
        using var reader = new PcapReader(File.OpenRead(Repository.File("pcaps/ovs-rarp.pcap")));
        Assert.True(reader.TryReadHeader());
        byte[] frame = new byte[64];
        int compared = 0;
        for (; reader.TryRead(out PcapPacket packet); compared++)
        {
            ReadOnlySpan<byte> theirs = packet.Data;
            ushort tag = theirs[12] == 0x81 ? BinaryPrimitives.ReadUInt16BigEndian(theirs[14..]) : (ushort)0;
            int length = Announcement.WriteRarp(frame, MacAddress.Read(theirs[6..]), tag);
            Assert.Equal(Convert.ToHexStringLower(theirs), Convert.ToHexStringLower(frame.AsSpan(0, length)));
        }

        Assert.Equal(3, compared);
    }

    [Fact]
    public void Rfc903_a_tagged_rarp_carries_its_tag_behind_the_source()
    {
        byte[] frame = new byte[64];
        int length = Announcement.WriteRarp(frame, Mac, 100);
        Assert.Equal(
            "ffffffffffff020000000abc" + "81000064" + "8035" + "0001080006040003" + "020000000abc00000000" + "020000000abc00000000",
            Convert.ToHexStringLower(frame.AsSpan(0, length)));
    }

    [Theory]
    [InlineData("00:00:00:00:00:01")]
    [InlineData("fe:dc:ba:98:76:54")]
    [InlineData("aa:00:ff:00:ff:ee")]
    public void Rfc903_every_octet_of_the_address_is_where_it_belongs(string address)
    {
        byte[] frame = Enumerable.Repeat((byte)0x5A, 64).ToArray();
        MacAddress mac = MacAddress.Parse(address);
        int length = Announcement.WriteRarp(frame, mac);
        Assert.True(ArpView.TryParse(frame.AsSpan(14, length - 14), out ArpView rarp));
        Assert.Equal((mac, mac, mac), (MacAddress.Read(frame.AsSpan(6)), rarp.SenderMac, rarp.TargetMac));
        Assert.Equal((IPv4Address.Any, IPv4Address.Any, ArpOperation.ReverseRequest), (rarp.SenderAddress, rarp.TargetAddress, rarp.Operation));
        Assert.All(frame[length..], octet => Assert.Equal(0x5A, octet));
    }

    [Fact]
    public void Rfc5227_Section3_an_announcement_asks_for_the_machines_own_address()
    {
        byte[] frame = new byte[64];
        int length = Announcement.WriteGratuitousArp(frame, Mac, IPv4Address.Parse("192.0.2.7"));
        Assert.Equal(
            "ffffffffffff020000000abc0806" + "0001080006040001" + "020000000abcc0000207" + "000000000000c0000207",
            Convert.ToHexStringLower(frame.AsSpan(0, length)));
    }

    [Fact]
    public void Rfc4861_Section7_2_6_an_advertisement_to_all_nodes_is_unsolicited_and_overrides()
    {
        byte[] frame = new byte[Announcement.MaxLength];
        int length = Announcement.WriteNeighborAdvertisement(frame, Mac, IPv6Address.Parse("2001:db8::7"), isRouter: true, tci: 20);
        Assert.Equal(Announcement.MaxLength, length);
        Assert.Equal("333300000001020000000abc8100001486dd", Convert.ToHexStringLower(frame.AsSpan(0, 18)));
        Assert.True(IPv6View.TryParse(frame.AsSpan(18), out IPv6View ip));
        Assert.Equal((255, IPv6Address.Parse("2001:db8::7"), IPv6Address.Parse("ff02::1")), (ip.HopLimit, ip.Source, ip.Destination));
        Assert.True(NeighborMessageView.TryParse(frame.AsSpan(58, length - 58), out NeighborMessageView message));
        Assert.True(message.IsAdvertisement && message.IsOverride && message.IsRouter && !message.IsSolicited);
        Assert.True(message.TryGetLinkLayerAddress(out MacAddress announced));
        Assert.Equal(Mac, announced);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Corpus)]
    public void Tshark_reads_what_we_announce()
    {
        LiveRequirements.NeedPrograms("tshark", "text2pcap");
        string folder = Directory.CreateTempSubdirectory("weft-announce").FullName;
        try
        {
            byte[][] frames = [new byte[46], new byte[46], new byte[Announcement.MaxLength]];
            _ = Announcement.WriteRarp(frames[0], Mac, 100);
            _ = Announcement.WriteGratuitousArp(frames[1], Mac, IPv4Address.Parse("192.0.2.7"), 100);
            _ = Announcement.WriteNeighborAdvertisement(frames[2], Mac, IPv6Address.Parse("2001:db8::7"), false, 100);
            string text = Path.Combine(folder, "frames.txt");
            string capture = Path.Combine(folder, "frames.pcap");
            File.WriteAllLines(text, frames.Select(frame => "0000 " + string.Join(' ', frame.Select(octet => octet.ToString("x2", CultureInfo.InvariantCulture)))));
            Command.Run("text2pcap", "-q", text, capture).Required();
            string read = Command.Run("tshark", "-r", capture).Required().Output;
            Assert.Contains("Who is 02:00:00:00:0a:bc? Tell 02:00:00:00:0a:bc", read, StringComparison.Ordinal);
            Assert.Contains("ARP Announcement for 192.0.2.7", read, StringComparison.Ordinal);
            Assert.Contains("Neighbor Advertisement 2001:db8::7 (ovr) is at 02:00:00:00:0a:bc", read, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
