using System.Text;

namespace Weft.Host.Observe;

/// <summary>Names of an enumeration as people read them: <c>PeerDown</c> as <c>peer-down</c>. Made once, so that using them costs no allocation.</summary>
internal static class EnumWords<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> Names = Enum.GetValues<T>().Distinct().ToDictionary(value => value, value => Kebab(value.ToString()));

    /// <summary>The words of a declared value.</summary>
    public static string Of(T value) => Names[value];

    private static string Kebab(string name)
    {
        var words = new StringBuilder();
        foreach (char letter in name)
        {
            _ = words.Append(char.IsUpper(letter) && words.Length > 0 ? "-" : "").Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }
}
