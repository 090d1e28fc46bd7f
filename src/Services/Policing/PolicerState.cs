using System.Runtime.InteropServices;
using Weft.Flows;

namespace Weft.Services;

/// <summary>What <see cref="Policer"/> remembers of a flow: what is left of its rate, in each direction.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PolicerState
{
    internal TokenBucket Forward;
    internal TokenBucket Reverse;
}
