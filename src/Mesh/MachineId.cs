using System.Globalization;

namespace Weft.Mesh;

/// <summary>
/// The number of a machine in the mesh. Every loopback address that stands for the machine is computed from it, so it is given once
/// and kept: a machine that leaves takes nothing from the others, and its number rests a while before another gets it
/// (<see cref="MachineNumbers"/>).
/// </summary>
/// <param name="Number">0 to <see cref="MaxNumber"/>; how many fit depends on the pool (<see cref="LoopbackPool.MaxMachines"/>).</param>
public readonly record struct MachineId(int Number) : IComparable<MachineId>
{
    /// <summary>Largest number.</summary>
    public const int MaxNumber = (1 << 24) - 1;

    /// <inheritdoc/>
    public int CompareTo(MachineId other) => Number.CompareTo(other.Number);

    /// <summary>True if <paramref name="left"/> is less.</summary>
    public static bool operator <(MachineId left, MachineId right) => left.Number < right.Number;

    /// <summary>True if <paramref name="left"/> is greater.</summary>
    public static bool operator >(MachineId left, MachineId right) => left.Number > right.Number;

    /// <summary>True if <paramref name="left"/> is less or the same.</summary>
    public static bool operator <=(MachineId left, MachineId right) => left.Number <= right.Number;

    /// <summary>True if <paramref name="left"/> is greater or the same.</summary>
    public static bool operator >=(MachineId left, MachineId right) => left.Number >= right.Number;

    /// <summary>The number.</summary>
    public override string ToString() => Number.ToString(CultureInfo.InvariantCulture);
}
