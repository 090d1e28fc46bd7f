using Weft.Host.Datapath;

namespace Weft.Host.Observe;

/// <summary>Files that lines are appended to. They are opened for each batch, so that they can be moved away while the switch runs.</summary>
internal static class LineFile
{
    /// <summary>Appends, and makes folder and file if they are not there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(bytes);
    }

    /// <summary>Makes sure that a file can be written.</summary>
    /// <exception cref="SwitchStartException">It cannot.</exception>
    public static void Require(string path) => Require(path, () => Append(path, []));

    /// <summary>Opens a file in a way of its own.</summary>
    /// <exception cref="SwitchStartException">It cannot be written.</exception>
    public static void Require(string path, Action open)
    {
        try
        {
            open();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SwitchStartException($"the file '{path}' cannot be written: {failure.Message}", failure);
        }
    }
}
