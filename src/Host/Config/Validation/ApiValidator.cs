using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Weft.Host.Config.Document;

namespace Weft.Host.Config.Validation;

/// <summary>The web server: nothing beyond this machine without certificates on both sides, and secrets that are secret.</summary>
internal static class ApiValidator
{
    private const int MaxKeyBytes = 1 << 16;

    public static void Validate(ValidationContext context)
    {
        ApiSection api = context.Document.Api;
        if (!api.IsWritten)
        {
            return;
        }

        if (api.Certificate.IsWritten != api.Key.IsWritten)
        {
            context.Problems.Error(api.Certificate.IsWritten ? api.Certificate.At : api.Key.At, "a certificate and its key go together", "both 'certificate' and 'key', or neither");
        }

        if (api.ClientAuthority.IsWritten && !api.Certificate.IsWritten)
        {
            context.Problems.Error(api.ClientAuthority.At, "clients show certificates over TLS alone, and the server has no certificate", "'certificate' and 'key' beside it");
        }

        bool isMutual = api.Certificate.IsWritten && api.Key.IsWritten && api.ClientAuthority.IsWritten;
        if (api.Listen is { IsKnown: true } listen && !IPAddress.IsLoopback(IPAddress.Parse(listen.Value.ToString())) && !isMutual)
        {
            context.Problems.Error(listen.At, $"{listen.Value} can be reached from other machines, and not every client must show a certificate", "certificate, key and clientAuthority beside it, or a loopback address such as 127.0.0.1 or ::1");
        }

        ValidateFiles(api, context);
    }

    private static void ValidateFiles(ApiSection api, ValidationContext context)
    {
        if (api.TokenFile is { IsKnown: true } token && !TokenFile.TryRead(context.Resolve(token.Value), out _, out string problem))
        {
            context.Problems.Error(token.At, problem);
        }

        if (api.ClientAuthority is { IsKnown: true } authority)
        {
            Try(authority, "PEM certificates", context, ImportCertificates);
        }

        if (api.Key is { IsKnown: true } key && !OwnersFile.TryRead(context.Resolve(key.Value), MaxKeyBytes, out _, out problem))
        {
            context.Problems.Error(key.At, problem);
        }
        else if (api is { Certificate.IsKnown: true, Key.IsKnown: true })
        {
            Try(api.Certificate, "a PEM certificate of the key beside it", context, path => X509Certificate2.CreateFromPemFile(path, context.Resolve(api.Key.Value)).Dispose());
        }
    }

    private static void ImportCertificates(string path)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(path);
        if (certificates.Count == 0)
        {
            throw new CryptographicException("it has no certificate");
        }
    }

    private static void Try(Setting<string> file, string expected, ValidationContext context, Action<string> read)
    {
        string path = context.Resolve(file.Value);
        try
        {
            read(path);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            string problem = refused is FileNotFoundException or DirectoryNotFoundException ? "does not exist" : $"cannot be used: {refused.Message}";
            context.Problems.Error(file.At, $"the file {path} {problem}", expected);
        }
    }
}
