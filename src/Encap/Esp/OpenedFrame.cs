namespace Weft.Encap;

/// <summary>A frame from which an <see cref="EspOpener"/> has taken ESP.</summary>
public struct OpenedFrame
{
    /// <summary>Where the frame starts now, counted from where it started before.</summary>
    public int Offset;

    /// <summary>Its bytes, from the Ethernet header on.</summary>
    public int Length;

    /// <summary>Security parameters index.</summary>
    public uint Spi;

    /// <summary><see cref="EspSaOptions.Owner"/> of the association.</summary>
    public int Owner;

    /// <summary>The whole sequence number.</summary>
    public ulong Sequence;
}
