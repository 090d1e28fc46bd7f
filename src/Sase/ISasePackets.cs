namespace Weft.Sase;

/// <summary>
/// A burst of packets that a node judges together, wherever they are. Implement it as a struct: calls are bound statically.
/// </summary>
public interface ISasePackets
{
    /// <summary>Packets of the burst, any number.</summary>
    int Count { get; }

    /// <summary>The buffer of a packet. It is asked for twice a packet and must be the same both times; buffers of two packets do not overlap.</summary>
    /// <param name="index">Which packet, from 0.</param>
    /// <param name="offset">Where its IP header begins.</param>
    /// <param name="length">Bytes from there to its end.</param>
    Span<byte> Buffer(int index, out int offset, out int length);

    /// <summary>
    /// Takes the verdict on a packet. Called once a packet, in order, and before the next packet is judged: what the node has to say of this one (what a service
    /// answered, what has to be told to a backup, fragments that were released) can be taken now, and whatever is asked of it holds for the next packet; but it takes no other burst meanwhile.
    /// </summary>
    /// <param name="index">Which packet.</param>
    /// <param name="verdict">What became of it.</param>
    void Settle(int index, in SaseVerdict verdict);
}
