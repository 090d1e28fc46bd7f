namespace Weft.Services;

/// <summary>What the caller does with a packet that went through a set.</summary>
public enum ServiceAction : byte
{
    /// <summary>Forwards it.</summary>
    Forward,

    /// <summary>Drops it, for <see cref="ServiceResult.Reason"/>.</summary>
    Drop,

    /// <summary>Releases it: a service kept what it wanted.</summary>
    Consume,

    /// <summary>Keeps it and offers it again, or sends it to the machine's new host: the set is frozen for a move.</summary>
    Hold,
}
