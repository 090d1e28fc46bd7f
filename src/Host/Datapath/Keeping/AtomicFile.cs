using Weft.Cluster.Embedded;

namespace Weft.Host.Datapath.Keeping;

/// <summary>Files that are written whole or not at all, for their owner alone. After a crash or a loss of power there is the old content or the new one.</summary>
internal static class AtomicFile
{
    /// <summary>Puts content in the place of a file. On return it is on the disk, under its name.</summary>
    /// <exception cref="IOException">The disk refused; the old file is as it was, or the new one is there but may be lost with the power.</exception>
    public static void Write(string path, params ReadOnlySpan<ReadOnlyMemory<byte>> content)
    {
        string partial = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(partial, options))
        {
            foreach (ReadOnlyMemory<byte> part in content)
            {
                file.Write(part.Span);
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(partial, path, overwrite: true);
        // Without this the name may still be that of the old file after a loss of power.
        Folder.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
