using System.Globalization;

namespace Weft.Conformance.CorpusTests;

/// <summary>Values under tshark's names, in the order of the bytes; a name may repeat.</summary>
internal sealed class FieldSet
{
    private readonly List<KeyValuePair<string, string>> _fields = [];

    /// <summary>Adds a value as a table would hold it: numbers in decimal, flags as 0 and 1.</summary>
    public void Add(string name, object value) => _fields.Add(new(name, value switch
    {
        bool flag => flag ? "1" : "0",
        Enum constant => Convert.ToUInt64(constant, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    }));

    /// <summary>All values of a name, joined.</summary>
    public string? this[string name]
    {
        get
        {
            string[] values = [.. _fields.Where(field => field.Key == name).Select(field => field.Value)];
            return values.Length == 0 ? null : string.Join(' ', values);
        }
    }

    /// <summary>A value of a table as <see cref="Add"/> would write it: hexadecimal numbers become decimal ones.</summary>
    public static string Normalize(string value) => value.StartsWith("0x", StringComparison.Ordinal)
        ? ulong.Parse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture)
        : value;
}
