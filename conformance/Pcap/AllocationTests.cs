using System.IO.Pipelines;
using Weft.Conformance.Support;
using Weft.Packets;
using Weft.Pcap;

namespace Weft.Conformance.PcapTests;

/// <summary>A hundred thousand packets, and not a byte allocated for them.</summary>
[Trait(Kind.Key, Kind.Alloc)]
public sealed class AllocationTests
{
    private const int Packets = 50_000; // measured after as many to warm up
    private static readonly Timestamp Noon = new(1_700_000_000_123_456_789);

    [Fact]
    public void Reading_pcap_packets_allocates_nothing() => ReadingAllocatesNothing(PcapFile());

    [Fact]
    public void Reading_pcapng_packets_allocates_nothing() => ReadingAllocatesNothing(PcapngFile());

    [Fact]
    public async Task Reading_pcapng_from_a_pipe_allocates_nothing()
    {
        byte[] file = PcapngFile();
        int[] cuts = [.. Enumerable.Range(1, file.Length / 4096).Select(i => i * 4096)];
        var reader = new PcapPipeReader(PipeReader.Create(Segments.Cut(file, cuts)));
        Assert.True(await reader.WaitToReadAsync(TestContext.Current.CancellationToken));

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Packets; i++)
            {
                Assert.True(reader.TryRead(out _));
            }
        }));
    }

    [Fact]
    public void Writing_pcap_packets_allocates_nothing()
    {
        byte[] data = new byte[300];
        using var writer = new PcapWriter(Stream.Null);

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Packets; i++)
            {
                writer.WritePacket(Noon, data);
            }
        }));
    }

    [Fact]
    public void Writing_pcapng_packets_with_every_option_allocates_nothing()
    {
        byte[] data = new byte[300];
        byte[] verdict = [1, 0, 0, 0, 0, 0, 0, 0, 2];
        using var writer = new PcapngWriter(Stream.Null);
        int id = writer.AddInterface(new PcapngInterfaceOptions());

        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Packets; i++)
            {
                writer.WritePacket(id, Noon, data, new PcapPacketOptions
                {
                    Comment = "dropped: no route",
                    Flags = PcapPacketFlags.Of(PcapDirection.Outbound),
                    PacketId = 1,
                    Queue = 2,
                    DropCount = 3,
                    Verdict = verdict,
                });
            }
        }));
    }

    private static void ReadingAllocatesNothing(byte[] file)
    {
        using var reader = new PcapReader(new MemoryStream(file));
        uint sum = 0;
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < Packets; i++)
            {
                Assert.True(reader.TryRead(out PcapPacket packet));
                sum += packet.Flags.Value + packet.OriginalLength;
            }
        }));
        Assert.NotEqual(0u, sum);
    }

    private static byte[] PcapFile()
    {
        var file = new MemoryStream();
        using (var writer = new PcapWriter(file, leaveOpen: true))
        {
            for (int i = 0; i < 2 * Packets; i++)
            {
                writer.WritePacket(Noon, new byte[60 + (i % 40)]);
            }
        }

        return file.ToArray();
    }

    private static byte[] PcapngFile()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, leaveOpen: true))
        {
            writer.AddInterface(new PcapngInterfaceOptions());
            for (int i = 0; i < 2 * Packets; i++)
            {
                writer.WritePacket(0, Noon, new byte[60 + (i % 40)], new PcapPacketOptions { Flags = PcapPacketFlags.Of(PcapDirection.Inbound) });
            }
        }

        return file.ToArray();
    }
}
