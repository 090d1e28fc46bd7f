namespace Weft.Encap;

/// <summary>What a reassembler does with a fragment whose bounds equal those of one it has.</summary>
public enum DuplicatePolicy : byte
{
    /// <summary>Ignores it: the path duplicated a packet. The default.</summary>
    Ignore,

    /// <summary>Ignores it if its bytes are the same, and treats it as an overlap otherwise.</summary>
    Compare,
}
