using Weft.Analytics;
using Weft.Conformance.Support;
using Weft.Packets;

namespace Weft.Conformance.AnalyticsTests;

/// <summary>Conversations are counted as a list of packets would be, and other programs read what is told of them.</summary>
[Trait(Kind.Key, Kind.Model)]
public sealed class FlowMeterTests
{
    private static readonly HashSeed Seed = new(1, 2);

    [Fact]
    public void Reports_of_a_conversation_sum_to_its_packets_whoever_has_the_smaller_address()
    {
        var random = new Random(5);
        using var meter = new FlowMeter(new FlowMeterOptions { Flows = 64, Reports = 8192, ActiveTimeout = TimeSpan.FromSeconds(3), IdleTimeout = TimeSpan.FromSeconds(30), Seed = Seed });
        var sent = new Dictionary<(byte, byte, ushort), (long Packets, long Bytes)>();
        var opener = new Dictionary<(byte, byte, ushort), byte>();
        Timestamp now = Timestamp.FromSeconds(100);
        for (int i = 0; i < 5000; i++)
        {
            (byte a, byte b, ushort port) = ((byte)random.Next(1, 5), (byte)random.Next(5, 9), (ushort)random.Next(80, 83));
            bool answers = opener.ContainsKey((a, b, port)) && random.Next(2) == 0;
            bool isFirstOfB = !opener.ContainsKey((a, b, port)) && port == 81;
            byte from = answers != isFirstOfB ? b : a;
            _ = opener.TryAdd((a, b, port), from);
            byte[] frame = Udp(from, from == a ? b : a, from == opener[(a, b, port)], port, random.Next(0, 20));
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            meter.Observe(frame, layout, now);
            (long packets, long bytes) = sent.GetValueOrDefault((a, b, port));
            sent[(a, b, port)] = (packets + 1, bytes + frame.Length - 14);
            now += TimeSpan.FromMilliseconds(random.Next(20));
            meter.Advance(now);
        }

        meter.Stop();
        var reported = new Dictionary<(byte, byte, ushort), (long Packets, long Bytes)>();
        while (meter.TryTake(out FlowReport report))
        {
            (byte from, byte to) = ((byte)report.Key.Source.Low, (byte)report.Key.Destination.Low);
            (byte a, byte b, ushort port) = (Math.Min(from, to), Math.Max(from, to), report.Key.DestinationPort);
            Assert.Equal(opener[(a, b, port)], from);
            (long packets, long bytes) = reported.GetValueOrDefault((a, b, port));
            reported[(a, b, port)] = (packets + report.Packets + report.ReversePackets, bytes + report.Bytes + report.ReverseBytes);
            Assert.True(report.First <= report.Last);
        }

        Assert.Equal(sent.OrderBy(entry => entry.Key).ToArray(), reported.OrderBy(entry => entry.Key).ToArray());
        Assert.Equal(0, meter.Counters.ReportsLost);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Hostile)]
    public void A_flood_of_conversations_is_reported_packet_by_packet_and_a_full_ring_loses_only_reports()
    {
        using var meter = new FlowMeter(new FlowMeterOptions { Flows = 16, Reports = 16, Seed = Seed });
        for (ushort port = 1; port <= 1000; port++)
        {
            byte[] frame = Udp(1, 2, true, port, 0);
            _ = PacketLayout.TryParse(frame, out PacketLayout layout);
            meter.Observe(frame, layout, Timestamp.FromSeconds(1));
        }

        Assert.Equal(16, meter.Count);
        Assert.Equal(1000 - 16, meter.Counters.TableFull);
        Assert.Equal(1000 - 16, meter.Counters.Reported + meter.Counters.ReportsLost);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Alloc)]
    public void Packets_beginnings_and_ends_of_conversations_allocate_nothing()
    {
        using var meter = new FlowMeter(new FlowMeterOptions { Flows = 256, Reports = 1 << 16, IdleTimeout = TimeSpan.FromMilliseconds(1), Seed = Seed });
        byte[][] frames = [.. Enumerable.Range(0, 512).Select(i => Udp((byte)(i % 7), (byte)(8 + i % 5), i % 2 == 0, (ushort)(i + 1), 4))];
        PacketLayout[] layouts = [.. frames.Select(frame => PacketLayout.TryParse(frame, out PacketLayout layout) ? layout : default)];
        Timestamp now = Timestamp.FromSeconds(1);
        void Run()
        {
            for (int i = 0; i < 100_000; i++)
            {
                now += TimeSpan.FromMicroseconds(20);
                meter.Observe(frames[i % 512], layouts[i % 512], now);
                meter.Advance(now);
                _ = meter.TryTake(out _);
            }
        }

        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    [Trait(Kind.Key, Kind.Live)]
    public void Rfc7011_tshark_reads_the_records_as_they_were_meant()
    {
        LiveRequirements.NeedPrograms("tshark");
        var writer = new IpfixWriter(77);
        var v4 = new FlowKey6(IPv6Address.MapIPv4(IPv4Address.Parse("10.0.0.1")), IPv6Address.MapIPv4(IPv4Address.Parse("10.0.0.2")), IpProtocol.Tcp, 50000, 443);
        var v6 = new FlowKey6(IPv6Address.Parse("2001:db8::1"), IPv6Address.Parse("2001:db8::2"), IpProtocol.Udp, 50001, 53);
        FlowReport[] reports =
        [
            new(v4, 10, 1000, 9, 90_000, Timestamp.FromSeconds(1), Timestamp.FromSeconds(2), FlowEndReason.Idle),
            new(v6, 1, 60, 0, 0, Timestamp.FromSeconds(3), Timestamp.FromSeconds(4), FlowEndReason.Active),
        ];
        string path = Path.Combine(Path.GetTempPath(), $"weft-analytics-{Guid.NewGuid():N}.pcap");
        try
        {
            using (FileStream file = File.Create(path))
            {
                byte[] message = new byte[1200];
                var capture = new List<byte[]> { message[..writer.WriteTemplates(message, 1_700_000_000)] };
                for (int done = 0; done < reports.Length;)
                {
                    done += writer.WriteData(reports.AsSpan(done), message, 1_700_000_000, 1_600_000_000_000, out int length);
                    capture.Add(message[..length]);
                }

                IpfixCapture.Write(file, capture);
            }

            Assert.Equal(3u, writer.Sequence);
            CommandResult result = Command.Run(
                TimeSpan.FromMinutes(1), "tshark", "-r", path, "-d", "udp.port==4739,cflow", "-T", "fields", "-E", "separator=|", "-E", "occurrence=a",
                "-e", "cflow.version", "-e", "cflow.od_id", "-e", "cflow.sequence", "-e", "cflow.srcaddr", "-e", "cflow.dstaddr", "-e", "cflow.srcaddrv6", "-e", "cflow.dstaddrv6",
                "-e", "cflow.srcport", "-e", "cflow.dstport", "-e", "cflow.protocol", "-e", "cflow.octets", "-e", "cflow.packets", "-e", "cflow.flow_end_reason").Required();
            Assert.Equal(
                [
                    "10|77|0||||||||||",
                    "10|77|0|10.0.0.1,10.0.0.2|10.0.0.2,10.0.0.1|||50000,443|443,50000|6,6|1000,90000|10,9|1,1",
                    "10|77|2|||2001:db8::1|2001:db8::2|50001|53|17|60|1|2",
                ],
                result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim('\r')));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static byte[] Udp(byte from, byte to, bool isOpener, ushort port, int payload)
    {
        byte[] frame = new byte[42 + payload];
        (frame[12], frame[14], frame[22], frame[23]) = (8, 0x45, 64, 17);
        int length = 28 + payload;
        (frame[16], frame[17]) = ((byte)(length >> 8), (byte)length);
        (frame[26], frame[29], frame[30], frame[33]) = (10, from, 10, to);
        (ushort source, ushort destination) = isOpener ? ((ushort)40000, port) : (port, (ushort)40000);
        (frame[34], frame[35], frame[36], frame[37]) = ((byte)(source >> 8), (byte)source, (byte)(destination >> 8), (byte)destination);
        (frame[38], frame[39]) = ((byte)((8 + payload) >> 8), (byte)(8 + payload));
        return frame;
    }
}
