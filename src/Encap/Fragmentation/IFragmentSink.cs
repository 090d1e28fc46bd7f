namespace Weft.Encap;

/// <summary>Takes the packets that one frame becomes. Implement it as a struct: calls are then direct.</summary>
public interface IFragmentSink
{
    /// <summary>Gives room for the next packet.</summary>
    /// <param name="bytes">Length of the packet.</param>
    /// <returns>At least <paramref name="bytes"/> bytes; fewer to end the work there.</returns>
    Span<byte> Begin(int bytes);

    /// <summary>Takes the packet: the first <paramref name="bytes"/> bytes of what <see cref="Begin"/> gave last are complete.</summary>
    void End(int bytes);
}
