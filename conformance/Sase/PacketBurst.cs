using Weft.Sase;

namespace Weft.Conformance.SaseTests;

/// <summary>Packets in buffers of their own.</summary>
/// <param name="buffers">The buffers.</param>
/// <param name="offset">Where each packet begins.</param>
/// <param name="lengths">Their lengths.</param>
/// <param name="then">Called after each verdict, with the place of the packet.</param>
internal readonly struct PacketBurst(byte[][] buffers, int offset, int[] lengths, Action<int>? then = null) : ISasePackets
{
    public SaseVerdict[] Verdicts { get; } = new SaseVerdict[lengths.Length];

    public int Count => buffers.Length;

    public Span<byte> Buffer(int index, out int at, out int length)
    {
        (at, length) = (offset, lengths[index]);
        return buffers[index];
    }

    public void Settle(int index, in SaseVerdict verdict)
    {
        Verdicts[index] = verdict;
        then?.Invoke(index);
    }
}
