namespace Weft.Services;

/// <summary>When a service that fails is left out.</summary>
/// <param name="Faults">So many faults, 1 at least.</param>
/// <param name="Within">In so much time, counted from the first of them; a fault after that is the first of the next ones.</param>
public readonly record struct QuarantineRule(int Faults, TimeSpan Within)
{
    /// <summary>Three faults in ten seconds.</summary>
    public static QuarantineRule Default { get; } = new(3, TimeSpan.FromSeconds(10));
}
