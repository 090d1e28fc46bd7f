using System.Buffers.Binary;
using System.Numerics;
using Google.Protobuf;

namespace Weft.Cluster.Embedded;

/// <summary>
/// The file of an embedded store: a head, then records, each with its length and a CRC-32C. A record is on the disk before it is
/// acknowledged. A record that a crash cut off is dropped when the file is opened; damage anywhere else is refused, never guessed around.
/// </summary>
internal sealed class StoreLog : IDisposable
{
    private const int HeadBytes = 16;
    private const int FrameBytes = 8;
    private const int MaxRecordBytes = 1 << 30;
    private const ushort Format = 1;
    private static ReadOnlySpan<byte> Magic => "weftstor"u8;

    private readonly string _path;
    private FileStream _file;
    private long _length;
    private bool _nameIsNew;

    private StoreLog(string path, FileStream file) => (_path, _file) = (path, file);

    /// <summary>Bytes of the file now.</summary>
    public long Length => _length;

    /// <summary>Opens or makes a file and hands over its records.</summary>
    /// <exception cref="InvalidDataException">The file is no store's, of a newer format, or damaged.</exception>
    /// <exception cref="IOException">The disk refused, or another process has the file open.</exception>
    public static StoreLog Open(string path, Action<Wire.Record> replay)
    {
        // What a crash left of a rewriting that did not come to its end.
        File.Delete(path + ".new");
        var log = new StoreLog(path, OpenFile(path, FileMode.OpenOrCreate));
        try
        {
            log.Load(replay);
            return log;
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Adds a record; on return it is on the disk.</summary>
    /// <exception cref="IOException">It is not, and the file is as it was.</exception>
    public void Append(Wire.Record record)
    {
        byte[] frame = Frame(record);
        if (_nameIsNew)
        {
            // Until the folder is on the disk a crash would bring the old file back, without this record.
            FlushFolder();
        }

        try
        {
            RandomAccess.Write(_file.SafeFileHandle, frame, _length);
            _file.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a record at the end would make the next one unreadable.
            RandomAccess.SetLength(_file.SafeFileHandle, _length);
            throw;
        }

        _length += frame.Length;
    }

    /// <summary>Puts one image in the place of all records, at once: a crash leaves the old file or the new one.</summary>
    public void Rewrite(Wire.Image image)
    {
        string next = _path + ".new";
        byte[] frame = Frame(new Wire.Record { Image = image });
        FileStream file = OpenFile(next, FileMode.Create);
        try
        {
            RandomAccess.Write(file.SafeFileHandle, Head(), 0);
            RandomAccess.Write(file.SafeFileHandle, frame, HeadBytes);
            file.Flush(flushToDisk: true);
            File.Move(next, _path, overwrite: true);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        _file.Dispose();
        _file = file;
        _length = HeadBytes + frame.Length;
        _nameIsNew = true;
        FlushFolder();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>A file that is made is its owner's alone: who can read it knows all addresses of the network, who can write it owns every election.</summary>
    private static FileStream OpenFile(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    private void Load(Action<Wire.Record> replay)
    {
        byte[] bytes = new byte[RandomAccess.GetLength(_file.SafeFileHandle)];
        int read = 0;
        while (read < bytes.Length)
        {
            int got = RandomAccess.Read(_file.SafeFileHandle, bytes.AsSpan(read), read);
            read += got > 0 ? got : throw new IOException($"{_path} became shorter while it was read");
        }

        // A file that has not even its head was being made when the machine stopped.
        if (bytes.Length < HeadBytes && Head().AsSpan().StartsWith(bytes))
        {
            RandomAccess.SetLength(_file.SafeFileHandle, 0);
            RandomAccess.Write(_file.SafeFileHandle, Head(), 0);
            _file.Flush(flushToDisk: true);
            FlushFolder();
            _length = HeadBytes;
            return;
        }

        CheckHead(bytes);
        _length = HeadBytes;
        while (TryFrame(bytes, (int)_length, out ReadOnlySpan<byte> payload))
        {
            replay(Wire.Record.Parser.ParseFrom(payload));
            _length += FrameBytes + payload.Length;
        }

        if (_length < bytes.Length)
        {
            RefuseUnlessCutOff(bytes);
            RandomAccess.SetLength(_file.SafeFileHandle, _length);
            _file.Flush(flushToDisk: true);
        }
    }

    private void CheckHead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes || !bytes.StartsWith(Magic))
        {
            throw new InvalidDataException($"{_path} is not the file of a store");
        }

        ushort format = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        if (format != Format)
        {
            throw new InvalidDataException($"{_path} has format {format}; this version reads format {Format}");
        }
    }

    /// <summary>A crash damages the last record only: if a whole record stands behind the damage, it was something else, and what it was must be looked into.</summary>
    private void RefuseUnlessCutOff(ReadOnlySpan<byte> bytes)
    {
        for (int at = (int)_length + 1; at <= bytes.Length - FrameBytes; at++)
        {
            if (TryFrame(bytes, at, out _))
            {
                throw new InvalidDataException($"{_path} is damaged at byte {_length}, and whole records follow at byte {at}: put a copy in its place");
            }
        }
    }

    private static bool TryFrame(ReadOnlySpan<byte> bytes, int at, out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (bytes.Length - at < FrameBytes)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
        if (length is 0 or > MaxRecordBytes || length > bytes.Length - at - FrameBytes)
        {
            return false;
        }

        payload = bytes.Slice(at + FrameBytes, (int)length);
        return Checksum(payload) == BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
    }

    private static byte[] Frame(Wire.Record record)
    {
        byte[] frame = new byte[FrameBytes + record.CalculateSize()];
        Span<byte> payload = frame.AsSpan(FrameBytes);
        record.WriteTo(payload);
        BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)payload.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), Checksum(payload));
        return frame;
    }

    private static byte[] Head()
    {
        byte[] head = new byte[HeadBytes];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt16LittleEndian(head.AsSpan(8), Format);
        return head;
    }

    private static uint Checksum(ReadOnlySpan<byte> payload)
    {
        uint crc = ~0u;
        for (; payload.Length >= 8; payload = payload[8..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(payload));
        }

        foreach (byte rest in payload)
        {
            crc = BitOperations.Crc32C(crc, rest);
        }

        return ~crc;
    }

    /// <summary>A new name is on the disk only when its folder is (fsync(2)).</summary>
    private void FlushFolder()
    {
        Folder.Flush(Path.GetDirectoryName(Path.GetFullPath(_path))!);
        _nameIsNew = false;
    }
}
