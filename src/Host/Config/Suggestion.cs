using Weft.Host.Config.Yaml;

namespace Weft.Host.Config;

/// <summary>Finds what somebody who mistyped a name meant.</summary>
public static class Suggestion
{
    /// <summary>The known name with the fewest edits from the written one; null if a third of it or more would change.</summary>
    public static string? Nearest(string written, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(written);
        ArgumentNullException.ThrowIfNull(known);
        return NearestName.Find(written, known);
    }
}
