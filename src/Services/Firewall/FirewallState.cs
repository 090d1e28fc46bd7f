using System.Runtime.InteropServices;

namespace Weft.Services;

/// <summary>What <see cref="Firewall"/> remembers of a flow: which policy allowed it, and by which rule.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct FirewallState
{
    /// <summary>The policy; 0 if none has judged it.</summary>
    internal uint Generation;

    /// <summary>The rule's place.</summary>
    internal ushort Rule;

    /// <summary>1 if it was allowed.</summary>
    internal byte Allowed;

    private readonly byte _padding;
}
