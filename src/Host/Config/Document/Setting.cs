using Weft.Host.Config.Yaml;

namespace Weft.Host.Config.Document;

/// <summary>One value of the document: as written, or the default where nothing was written.</summary>
/// <param name="Value">The value; meaningless unless <paramref name="IsKnown"/>.</param>
/// <param name="At">Where it stands; for a default, where the section begins.</param>
/// <param name="IsWritten">True if the text has the key, even with a value that was refused.</param>
/// <param name="IsKnown">False if there is neither a valid value nor a default: a validator has nothing to say about it.</param>
internal readonly record struct Setting<T>(T Value, Location At, bool IsWritten, bool IsKnown)
{
    public bool IsWrittenAndKnown => IsWritten && IsKnown;

    /// <summary>The value, or null if there is none.</summary>
    public override string ToString() => IsKnown ? $"{Value}" : "";
}
