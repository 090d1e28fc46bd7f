namespace Weft.Bench.Encap;

/// <summary>The fragments of 512 datagrams come in turn.</summary>
public sealed class InterleavedReassemblyRatio : ReassemblyRatio
{
    /// <inheritdoc/>
    public override string Name => "reassemble 4 fragments of 1,000 bytes, 512 datagrams in turn";

    private protected override bool Interleaved => true;
}
