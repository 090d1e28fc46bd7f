using System.Security.Cryptography;

namespace Weft.Host.Config;

/// <summary>Reads files that hold secrets.</summary>
internal static class OwnersFile
{
    /// <summary>Reads a file if nobody but its owner may.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">Bytes that are read at most; of a longer file the rest is left.</param>
    /// <param name="bytes">What it has.</param>
    /// <param name="problem">Why not.</param>
    public static bool TryRead(string path, int maxBytes, out byte[] bytes, out string problem)
    {
        bytes = [];
        problem = "";
        try
        {
            using FileStream file = File.OpenRead(path);
            // Asked of the open file, not of the name: nobody can put another file in its place in between.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & KeyFile.Others) != 0)
            {
                problem = $"the file {path} is accessible to more than its owner (mode {Convert.ToString((int)File.GetUnixFileMode(file.SafeFileHandle), 8)}); expected chmod 600";
                return false;
            }

            byte[] buffer = new byte[maxBytes];
            bytes = buffer[..file.ReadAtLeast(buffer, maxBytes, throwOnEndOfStream: false)];
            CryptographicOperations.ZeroMemory(buffer);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            problem = failure is FileNotFoundException or DirectoryNotFoundException ? $"the file {path} does not exist" : $"the file {path} cannot be read: {failure.Message}";
            return false;
        }
    }
}
