using Weft.Sase;

namespace Weft.Bench.Sase;

/// <summary>Packets in buffers beside each other, as a port hands them over: 32 at a time.</summary>
internal readonly struct SaseBurst : ISasePackets
{
    private const int Most = 32;
    private const int Stride = 256;
    private const int Room = 128;

    private readonly byte[] _buffers = new byte[Most * Stride];
    private readonly SaseVerdict[] _verdicts = new SaseVerdict[Most];
    private readonly int[] _count = new int[1];

    public SaseBurst()
    {
    }

    public int Count => _count[0];

    /// <summary>The packets as the node left them.</summary>
    public ReadOnlySpan<SaseVerdict> Verdicts => _verdicts.AsSpan(0, Count);

    /// <summary>Copies the next packets in.</summary>
    /// <returns>The rest.</returns>
    public ReadOnlySpan<byte[]> Fill(ReadOnlySpan<byte[]> packets)
    {
        _count[0] = Math.Min(Most, packets.Length);
        for (int i = 0; i < Count; i++)
        {
            packets[i].CopyTo(_buffers, (i * Stride) + Room);
            _verdicts[i] = new SaseVerdict(SaseAction.Held, SaseDrop.None, Room, packets[i].Length, 0);
        }

        return packets[Count..];
    }

    public Span<byte> Packet(int index) => _buffers.AsSpan((index * Stride) + _verdicts[index].Offset, _verdicts[index].Length);

    public Span<byte> Buffer(int index, out int offset, out int length)
    {
        (offset, length) = (_verdicts[index].Offset, _verdicts[index].Length);
        return _buffers.AsSpan(index * Stride, Stride);
    }

    public void Settle(int index, in SaseVerdict verdict) => _verdicts[index] = verdict;

    /// <summary>Packets that were sent on one way.</summary>
    public int Sent(SaseAction action)
    {
        int sent = 0;
        foreach (ref readonly SaseVerdict verdict in Verdicts)
        {
            sent += verdict.Action == action ? 1 : 0;
        }

        return sent;
    }
}
