namespace Weft.Flows;

/// <summary>One of the things that <see cref="MaglevTable"/> or <see cref="RendezvousTable"/> chooses among.</summary>
/// <param name="Name">
/// What it is recognised by, the same on every machine that must choose alike: the text <c>192.0.2.1:80</c> for Envoy, the
/// octets of the address for GLB.
/// </param>
/// <param name="Weight">Its share relative to the others', 1 to <see cref="MaxWeight"/>.</param>
public readonly record struct HashBackend(ReadOnlyMemory<byte> Name, int Weight = 1)
{
    /// <summary>Largest <see cref="Weight"/>.</summary>
    public const int MaxWeight = 1_000_000;

    internal static void Validate(ReadOnlySpan<HashBackend> backends, int most)
    {
        if (backends.IsEmpty || backends.Length > most)
        {
            throw new ArgumentOutOfRangeException(nameof(backends), backends.Length, $"There must be 1 to {most} backends.");
        }

        foreach (HashBackend backend in backends)
        {
            if (backend.Weight is < 1 or > MaxWeight)
            {
                throw new ArgumentOutOfRangeException(nameof(backends), backend.Weight, $"{nameof(Weight)} must be 1 to {MaxWeight}.");
            }
        }
    }
}
