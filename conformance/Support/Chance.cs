using System.Globalization;
using FsCheck;

namespace Weft.Conformance.Support;

/// <summary>How often laws are tried.</summary>
public static class Chance
{
    /// <summary>Multiplies the cases of every law: faults that one in ten thousand cases shows need more than a run of CI has time for.</summary>
    private static readonly int Times = int.TryParse(Environment.GetEnvironmentVariable("WEFT_CASES"), CultureInfo.InvariantCulture, out int times) ? Math.Max(1, times) : 1;

    /// <summary>So many cases, chosen anew in every run; times <c>WEFT_CASES</c>, if that is set.</summary>
    /// <param name="cases">Cases of an ordinary run.</param>
    public static Config Of(int cases) => Config.QuickThrowOnFailure.WithMaxTest(cases * Times);
}
