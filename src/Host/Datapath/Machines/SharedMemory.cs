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

    private readonly string? _path;
    private readonly string? _temporary;
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

            var stream = new FileStream(_temporary, options);
            stream.SetLength(bytes);
            _file = MemoryMappedFile.CreateFromFile(stream, mapName: null, bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
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
        if (!_isPublished && _temporary is not null)
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

        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file!.Dispose();
        File.Delete(_isPublished ? _path! : _temporary!);
    }
}
