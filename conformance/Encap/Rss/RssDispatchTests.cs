using System.Buffers.Binary;
using Weft.Conformance.Support;
using Weft.Encap;
using Weft.Flows;
using Weft.Packets;

namespace Weft.Conformance.EncapTests;

/// <summary>
/// One tunnel's load over several workers in software: frames are dispatched by the Toeplitz hash of their outer headers, each
/// worker has the associations that land on it and opens on a thread of its own.
/// </summary>
public sealed class RssDispatchTests
{
    private const int Flows = 64;
    private const int FramesPerFlow = 40;

    [Theory, Trait(Kind.Key, Kind.Property)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void What_comes_out_of_each_flow_does_not_depend_on_the_number_of_workers(int workers)
    {
        var receiver = new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, workers));
        EspSaOptions[] associations = [.. Enumerable.Range(0, workers).Select(queue => Association(receiver, queue))];
        List<byte[]> wire = Seal(associations);

        List<(int Flow, int Number)>[] apart = Open(receiver, associations, wire, workers);
        List<(int Flow, int Number)> alone = Assert.Single(Open(new RssReceiver(ToeplitzKey.Microsoft, RssIndirectionTable.RoundRobin(128, 1)), associations, wire, workers: 1));

        Assert.Equal(Flows * FramesPerFlow, apart.Sum(worker => worker.Count));
        Assert.All(apart, worker => Assert.NotEmpty(worker));
        for (int flow = 0; flow < Flows; flow++)
        {
            int[] expected = [.. alone.Where(frame => frame.Flow == flow).Select(frame => frame.Number)];
            // Of one flow all frames are at one worker, in the order of the single worker's run.
            int[] got = [.. Assert.Single(apart, worker => worker.Exists(frame => frame.Flow == flow)).Where(frame => frame.Flow == flow).Select(frame => frame.Number)];
            Assert.Equal(Enumerable.Range(0, FramesPerFlow), expected);
            Assert.Equal(expected, got);
        }
    }

    private static EspSaOptions Association(RssReceiver receiver, int queue)
    {
        uint spi = 0x1000 + (uint)queue;
        Assert.True(receiver.TrySolve(VtepAddress.Parse("1.1.2.88"), VtepAddress.Parse("1.1.2.92"), EspHeader.UdpPort, queue, spi, out ushort port));
        return EspFrameTests.Options(EspMode.Transport, new EspUdpPorts(port)) with { Spi = spi };
    }

    private static List<byte[]> Seal(EspSaOptions[] associations)
    {
        EspOutboundSa[] outbound = [.. associations.Select(options => new EspOutboundSa(options))];
        var set = new SaSet(outbound[0], outbound.Length);
        for (int place = 0; place < outbound.Length; place++)
        {
            _ = set.Install(place, outbound[place]);
        }

        var wire = new List<byte[]>();
        for (int number = 0; number < FramesPerFlow; number++)
        {
            for (int flow = 0; flow < Flows; flow++)
            {
                byte[] frame = Convert.FromHexString(TunnelVectors.OvsVxlan);
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(^4), (ushort)flow);
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(^2), (ushort)number);
                wire.Add(EspFrameTests.Sealed(set.SelectByFlow((uint)flow * 0x9E37_79B1), frame, out _));
            }
        }

        Array.ForEach(outbound, sa => sa.Dispose());
        return wire;
    }

    /// <summary>Dispatches on this thread, opens on one thread a worker.</summary>
    private static List<(int Flow, int Number)>[] Open(RssReceiver receiver, EspSaOptions[] associations, List<byte[]> wire, int workers)
    {
        SpscRing<byte[]>[] rings = [.. Enumerable.Range(0, workers).Select(_ => new SpscRing<byte[]>(32))];
        var opened = new List<(int, int)>[workers];
        bool done = false;
        Thread[] threads = [.. rings.Select((ring, worker) => new Thread(() =>
        {
            // With one worker it has them all; with several, only those that land on it.
            EspOpener opener = EspFrameTests.Opener(workers == 1 ? associations : [associations[worker]]);
            var mine = opened[worker] = [];
            while (true)
            {
                bool last = Volatile.Read(ref done);
                if (ring.TryTake(out byte[]? frame))
                {
                    mine.Add(Read(opener, [.. frame]));
                }
                else if (last)
                {
                    return;
                }
                else
                {
                    Thread.Yield();
                }
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        foreach (byte[] frame in wire)
        {
            Assert.True(PacketLayout.TryParse(frame, out PacketLayout layout));
            while (!rings[receiver.QueueOf(frame, layout)].TryAdd(frame))
            {
                Thread.Yield();
            }
        }

        Volatile.Write(ref done, true);
        Array.ForEach(threads, thread => thread.Join());
        return opened!;
    }

    /// <summary>A frame that does not open counts as flow -1, which no flow is.</summary>
    private static (int Flow, int Number) Read(EspOpener opener, byte[] frame)
    {
        _ = PacketLayout.TryParse(frame, out PacketLayout layout);
        if (opener.Open(frame, layout, out OpenedFrame result) != EspStatus.Ok)
        {
            return (-1, -1);
        }

        Span<byte> plain = frame.AsSpan(result.Offset, result.Length);
        return (BinaryPrimitives.ReadUInt16BigEndian(plain[^4..]), BinaryPrimitives.ReadUInt16BigEndian(plain[^2..]));
    }
}
