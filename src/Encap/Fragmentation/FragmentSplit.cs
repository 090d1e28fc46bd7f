namespace Weft.Encap;

/// <summary>How a frame is cut.</summary>
public enum FragmentSplit : byte
{
    /// <summary>Fragments of equal size, as few as greedy cutting needs: no runt at the end. The default.</summary>
    Balanced,

    /// <summary>Every fragment but the last as large as fits.</summary>
    Greedy,
}
