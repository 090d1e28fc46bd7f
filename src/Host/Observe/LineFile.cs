using Weft.Host.Datapath;

namespace Weft.Host.Observe;

/// <summary>Files that lines are appended to. They are opened for each batch, so that they can be moved away while the switch runs.</summary>
internal static class LineFile
{
    /// <summary>Appends, and makes folder and file if they are not there.</summary>
    /// <exception cref="IOException">It cannot be written; what was written of the lines is taken back, so that none is half.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        long end = file.CanSeek ? file.Seek(0, SeekOrigin.End) : 0;
        try
        {
            file.Write(bytes);
        }
        catch (IOException) when (file.CanSeek)
        {
            file.SetLength(end);
            throw;
        }
    }

    /// <summary>Makes sure that a file can be written, and ends a line that another process was killed in.</summary>
    /// <exception cref="SwitchStartException">It cannot.</exception>
    public static void Require(string path) => Require(path, () => Append(path, EndsWithinLine(path) ? "\n"u8 : []));

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

    private static bool EndsWithinLine(string path)
    {
        // A pipe has no length.
        if (new FileInfo(path) is not { Exists: true, Length: > 0 })
        {
            return false;
        }

        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _ = file.Seek(-1, SeekOrigin.End);
            return file.ReadByte() != '\n';
        }
        catch (UnauthorizedAccessException)
        {
            // A log that may be written and not read.
            return false;
        }
    }
}
