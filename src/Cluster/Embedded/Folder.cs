using System.Runtime.InteropServices;

namespace Weft.Cluster.Embedded;

/// <summary>Puts a folder's names on the disk, which the platform's own file classes cannot: they open no folders.</summary>
internal static partial class Folder
{
    private const int ReadOnlyCloseOnExec = 0x80000;

    /// <exception cref="IOException">The system refused.</exception>
    public static void Flush(string path)
    {
        // No handle of a folder can be flushed on Windows; the file system's journal orders the names there.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(path, OperatingSystem.IsLinux() ? ReadOnlyCloseOnExec : 0);
        if (descriptor < 0)
        {
            throw Refused(path);
        }

        int flushed = Synchronize(descriptor);
        IOException? refused = flushed < 0 ? Refused(path) : null;
        _ = Close(descriptor);
        if (refused is not null)
        {
            throw refused;
        }
    }

    private static IOException Refused(string path) => new($"{path}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
