namespace Weft.Bench.Ratios;

/// <summary>
/// Comparisons that differ in a few values only. Every public class with a parameterless constructor that implements this is found by <c>ratios</c>, as those of
/// <see cref="IRatio"/> are.
/// </summary>
public interface IRatioFamily
{
    /// <summary>Makes them. It must be cheap: they are made whether they are chosen or not.</summary>
    IEnumerable<IRatio> Make();
}
