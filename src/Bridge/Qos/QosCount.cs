namespace Weft.Bridge;

/// <summary>Packets of a rule at a port, by colour.</summary>
public struct QosCount
{
    /// <summary>Green ones; all without a meter.</summary>
    public long Green;

    /// <summary>Yellow ones.</summary>
    public long Yellow;

    /// <summary>Red ones.</summary>
    public long Red;

    /// <summary>Bytes of all frames.</summary>
    public long Bytes;
}
