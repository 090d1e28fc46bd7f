using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Weft.Host.Observe;

namespace Weft.Host.Datapath.Keeping;

/// <summary>
/// What a switch knew when it stopped, for the one that starts in its place. A line of text says what follows, so that a file of another version, one that
/// was cut off or one that is old is refused by its first line or its digest, never guessed at.
/// </summary>
internal static class StateFile
{
    private const string Magic = "weft-state";
    private const int Version = 1;
    private const int MaxHeadBytes = 256;

    /// <summary>Writes a state, whole or not at all: a crash at any moment leaves the old file, the new one or none.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Write(string path, SwitchSnapshot state, DateTimeOffset now)
    {
        byte[] content = JsonSerializer.SerializeToUtf8Bytes(state, SnapshotJson.Compact.SwitchSnapshot);
        string head = string.Create(CultureInfo.InvariantCulture, $"{Magic} {Version} {now.ToUnixTimeMilliseconds()} {content.Length} {Convert.ToHexStringLower(SHA256.HashData(content))}\n");
        AtomicFile.Write(path, Encoding.ASCII.GetBytes(head), content);
    }

    /// <summary>Reads a state and removes the file: nobody may go on twice from the same moment.</summary>
    /// <param name="path">The file.</param>
    /// <param name="now">The time of day.</param>
    /// <param name="maxAge">An older one is refused.</param>
    /// <param name="age">How old it is.</param>
    /// <param name="problem">Why there is none; null if there is no file.</param>
    public static SwitchSnapshot? Take(string path, DateTimeOffset now, TimeSpan maxAge, out TimeSpan age, out string? problem)
    {
        age = TimeSpan.Zero;
        try
        {
            if (!File.Exists(path))
            {
                problem = null;
                return null;
            }

            byte[] bytes = File.ReadAllBytes(path);
            File.Delete(path);
            return Read(bytes, now, maxAge, out age, out problem);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            problem = refused.Message;
            return null;
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    internal static SwitchSnapshot? Read(ReadOnlySpan<byte> bytes, DateTimeOffset now, TimeSpan maxAge, out TimeSpan age, out string? problem)
    {
        age = TimeSpan.Zero;
        int end = bytes[..Math.Min(bytes.Length, MaxHeadBytes)].IndexOf((byte)'\n');
        string[] words = end < 0 ? [] : Encoding.ASCII.GetString(bytes[..end]).Split(' ');
        if (words.Length < 2 || words[0] != Magic)
        {
            problem = "it is no state of a switch";
            return null;
        }

        if (words[1] != Version.ToString(CultureInfo.InvariantCulture))
        {
            problem = $"its format is version {words[1]}; this program knows version {Version}";
            return null;
        }

        ReadOnlySpan<byte> content = bytes[(end + 1)..];
        if (words.Length != 5 || !long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out long written) || words[3] != content.Length.ToString(CultureInfo.InvariantCulture)
            || written > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() || words[4] != Convert.ToHexStringLower(SHA256.HashData(content)))
        {
            problem = "it is damaged";
            return null;
        }

        age = now - DateTimeOffset.FromUnixTimeMilliseconds(written);
        if (age > maxAge || age < -TimeSpan.FromSeconds(1))
        {
            problem = age < TimeSpan.Zero ? "it was written in the future: the clock was set back" : string.Create(CultureInfo.InvariantCulture, $"it is {age.TotalSeconds:0} seconds old; at most {maxAge.TotalSeconds:0} are allowed");
            return null;
        }

        age = age < TimeSpan.Zero ? TimeSpan.Zero : age;
        try
        {
            SwitchSnapshot? state = JsonSerializer.Deserialize(content, StrictJson.Of<SwitchSnapshot>());
            problem = state is null ? "it is empty" : null;
            return state;
        }
        catch (JsonException unreadable)
        {
            problem = $"it cannot be read: {unreadable.Message}";
            return null;
        }
    }
}
