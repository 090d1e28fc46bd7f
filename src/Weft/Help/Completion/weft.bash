# Completion of weft in bash. Load it with
#   source <(weft completion bash)
# or put it into /usr/share/bash-completion/completions/weft.
_weft() {
    local word=${COMP_WORDS[COMP_CWORD]} line
    COMPREPLY=()
    while IFS= read -r line; do
        # Options are offered to who begins one; otherwise files have their turn.
        [[ $line == "$word"* && ( $line != -* || $word == -* ) ]] && COMPREPLY+=("$line")
    done < <("$1" "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)
}
complete -o bashdefault -o default -F _weft weft
