using Weft.Cluster.Embedded;

namespace Weft.Host.Datapath.Keeping;

/// <summary>Files that are written whole or not at all. After a crash or a loss of power there is the old content or the new one.</summary>
internal static class AtomicFile
{
    /// <summary>For the owner alone.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Puts content in the place of a file, for its owner alone. On return it is on the disk, under its name.</summary>
    /// <exception cref="IOException">The disk refused; the old file is as it was, or the new one is there but may be lost with the power.</exception>
    public static void Write(string path, params ReadOnlySpan<ReadOnlyMemory<byte>> content) => Write(path, OwnerOnly, content);

    /// <summary>Puts content in the place of a file, for whom the mode says. On return it is on the disk, under its name.</summary>
    /// <exception cref="IOException">
    /// The disk refused, or another process writes the same file: the old one is as it was, or the new one is there but may be lost with the power.
    /// </exception>
    public static void Write(string path, UnixFileMode mode, params ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        string partial = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        DeleteLeftover(partial);
        using (var file = new FileStream(partial, options))
        {
            foreach (ReadOnlyMemory<byte> part in content)
            {
                file.Write(part.Span);
            }

            file.Flush(flushToDisk: true);
            // While it is open nobody else can take it for a leftover.
            File.Move(partial, path, overwrite: true);
        }

        // Without this the name may still be that of the old file after a loss of power.
        Folder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
    /// <summary>What a process that was killed left has its mode, and may be open elsewhere. What one that lives is writing is locked by it.</summary>
    private static void DeleteLeftover(string partial)
    {
        try
        {
            using var leftover = new FileStream(partial, FileMode.Open, FileAccess.Write, FileShare.None);
            File.Delete(partial);
        }
        catch (FileNotFoundException)
        {
            // Nobody left any.
        }
        catch (UnauthorizedAccessException)
        {
            File.Delete(partial);
        }
    }
}
