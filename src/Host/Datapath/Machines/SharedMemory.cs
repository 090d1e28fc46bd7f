using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Weft.Host.Datapath.Machines;

/// <summary>
/// Memory that a service's process shares with the switch: a file that is mapped into both. It gets its name when the service is used first, so
/// that a configuration that does not come to be takes nothing away from the one in force.
/// </summary>
internal sealed unsafe class SharedMemory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Two of one process must not give and take away a name at once.</summary>
    private static readonly Lock Naming = new();

    private readonly string? _path;
    private readonly string? _temporary;
    private readonly FileStream? _stream;
    private readonly MemoryMappedFile? _file;
    private readonly MemoryMappedViewAccessor? _view;
    private bool _isPublished;

    private SharedMemory(string path, long bytes)
    {
        (_path, Bytes) = (path, bytes);
        _temporary = $"{path}.{Guid.NewGuid():N}";
        try
        {
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = OwnerOnly;
            }

            _stream = new FileStream(_temporary, options);
            _stream.SetLength(bytes);
            _file = MemoryMappedFile.CreateFromFile(_stream, mapName: null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
            _view = _file.CreateViewAccessor(0, bytes);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Start = start;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new SwitchStartException($"services[].container.memory {path}: {refused.Message}", refused);
        }
    }

    private SharedMemory(long bytes)
    {
        Start = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 64);
        Bytes = bytes;
    }

    /// <summary>The first byte, aligned to a page, or to 64 bytes if it is nobody else's.</summary>
    public byte* Start { get; }

    public long Bytes { get; }

    /// <summary>Makes a file of a length.</summary>
    /// <exception cref="SwitchStartException">It cannot be made.</exception>
    public static SharedMemory Create(string path, long bytes) => new(path, bytes);

    /// <summary>Memory that is shared with nobody, for the twin that a trace runs in.</summary>
    public static SharedMemory Private(long bytes) => new(bytes);

    /// <summary>Gives the file its name, in place of another that may have it.</summary>
    public void Publish()
    {
        if (_isPublished || _temporary is null)
        {
            return;
        }

        lock (Naming)
        {
            File.Move(_temporary, _path!, overwrite: true);
            _isPublished = true;
        }
    }

    public void Dispose()
    {
        if (_view is null)
        {
            NativeMemory.AlignedFree(Start);
            return;
        }

        lock (Naming)
        {
            if (!_isPublished || !IsReplaced())
            {
                File.Delete(_isPublished ? _path! : _temporary!);
            }
        }

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
    }

    /// <summary>
    /// Whether another file has got the name since: that of the configuration or of the process that goes on in this one's place, which begins before this one is disposed of.
    /// Linux says so of a file that is open and has no name any more (proc(5), /proc/pid/fd).
    /// </summary>
    private bool IsReplaced() =>
        OperatingSystem.IsLinux() && new FileInfo($"/proc/self/fd/{_stream!.SafeFileHandle.DangerousGetHandle()}").LinkTarget?.EndsWith(" (deleted)", StringComparison.Ordinal) == true;
}
