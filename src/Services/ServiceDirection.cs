namespace Weft.Services;

/// <summary>Which way a packet goes, seen from the machine.</summary>
public enum ServiceDirection : byte
{
    /// <summary>The machine sent it.</summary>
    FromMachine,

    /// <summary>It is for the machine.</summary>
    ToMachine,
}
