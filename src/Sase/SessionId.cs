using System.Globalization;

namespace Weft.Sase;

/// <summary>The name of a session, which no other one ever has: of no tenant, on no node, in no run.</summary>
/// <param name="Node">The node that noted it.</param>
/// <param name="Series">The run of that node (<see cref="SessionLogOptions.Series"/>).</param>
/// <param name="Number">Its number in the run, from 1; 0 for a flow that never became a session.</param>
public readonly record struct SessionId(byte Node, ulong Series, ulong Number)
{
    /// <summary>True for a flow that never became a session.</summary>
    public bool IsNone => Number == 0;

    /// <summary>For example <c>1-64378f0ac31e2-42</c>: node, run in hexadecimal digits, number.</summary>
    public override string ToString() => IsNone ? "none" : string.Create(CultureInfo.InvariantCulture, $"{Node}-{Series:x}-{Number}");
}
