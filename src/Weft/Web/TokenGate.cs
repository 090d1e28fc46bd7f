using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Weft.Host.Config;

namespace Weft.Cli.Web;

/// <summary>Lets changes through for whoever shows the token. The file is read each time, so that a new token counts at once.</summary>
internal sealed class TokenGate(ApiPlan plan)
{
    private const string Scheme = "Bearer ";

    /// <summary>Wraps what changes something.</summary>
    public RequestDelegate Guard(RequestDelegate change) => async context =>
    {
        if (plan.TokenPath is not string path)
        {
            await Answers.RefuseAsync(context, StatusCodes.Status403Forbidden, "nothing can be changed here: the configuration has no api.tokenFile").ConfigureAwait(false);
            return;
        }

        if (!TokenFile.TryRead(path, out byte[] token, out string problem))
        {
            await Console.Error.WriteLineAsync($"api: {problem}; nothing can be changed").ConfigureAwait(false);
            await Answers.RefuseAsync(context, StatusCodes.Status403Forbidden, "nothing can be changed here: the token cannot be read").ConfigureAwait(false);
            return;
        }

        if (!Shows(context.Request.Headers.Authorization.ToString(), token))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await Answers.RefuseAsync(context, StatusCodes.Status401Unauthorized, "a change needs the token of api.tokenFile: 'Authorization: Bearer TOKEN'").ConfigureAwait(false);
            return;
        }

        await change(context).ConfigureAwait(false);
    };

    private static bool Shows(string authorization, byte[] token) =>
        authorization.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(authorization[Scheme.Length..].Trim()), token);
}
