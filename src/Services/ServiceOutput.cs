namespace Weft.Services;

/// <summary>Where a packet goes that a service made.</summary>
public enum ServiceOutput : byte
{
    /// <summary>To the machine.</summary>
    ToMachine,

    /// <summary>Away from the machine, into the network.</summary>
    FromMachine,

    /// <summary>To the collector of mirrored packets.</summary>
    Mirror,
}
