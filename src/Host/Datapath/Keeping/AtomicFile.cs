using System.Runtime.InteropServices;

namespace Weft.Host.Datapath.Keeping;

/// <summary>Files that are written whole or not at all, for their owner alone. After a crash or a loss of power there is the old content or the new one.</summary>
internal static partial class AtomicFile
{
    private const int ReadOnlyCloseOnExec = 0x8_0000;

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
        FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Without this the name may still be that of the old file after a loss of power.</summary>
    private static void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        int descriptor = Open(folder, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"{folder}: cannot be opened (error {Marshal.GetLastPInvokeError()})");
        }

        int result = Flush(descriptor);
        int error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (result < 0)
        {
            throw new IOException($"{folder}: cannot be written to the disk (error {error})");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
