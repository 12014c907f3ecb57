package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/langbiang/langbiang/spatial/access"
	"github.com/langbiang/langbiang/web/auth"
)

type loginInput struct {
	Body struct {
		Key string `json:"key" minLength:"1" maxLength:"128" doc:"An API key."`
	}
}

// who is a caller as the client is told.
type who struct {
	Name *string `json:"name" doc:"name of the key; null for the public"`
	Role string  `json:"role" enum:"public,planner,editor,operator,admin"`
	// May is what the caller may do besides reading.
	May     []string `json:"may" doc:"permissions: query, edit-land, edit-plan, import, operate, administer"`
	Expires *string  `json:"expires" doc:"when the session ends; null where it has just been asked"`
}

type loginOutput struct {
	SetCookie string `header:"Set-Cookie"`
	Cache     string `header:"Cache-Control"`
	Body      who
}

type whoOutput struct {
	Cache string `header:"Cache-Control"`
	Body  who
}

type logoutOutput struct {
	SetCookie string `header:"Set-Cookie"`
}

func (a *API) sessions() {
	tags := []string{"session"}
	Register(a, huma.Operation{Method: http.MethodPost, Path: "/api/session", OperationID: "login", Tags: tags, Summary: "Open a session with a key",
		Description: "Sets a cookie that counts until the session ends.", DefaultStatus: http.StatusOK, MaxBodyBytes: 4096},
		func(ctx context.Context, in *loginInput) (*loginOutput, error) {
			caller, expires, cookie, err := a.cfg.Sessions.Login(ctx, requestOf(ctx), in.Body.Key)
			if err != nil {
				return nil, err
			}
			w := whoIs(caller)
			w.Expires = instant(expires)
			return &loginOutput{SetCookie: cookie.String(), Cache: "no-store", Body: w}, nil
		})
	Register(a, huma.Operation{Method: http.MethodGet, Path: "/api/session", OperationID: "whoami", Tags: tags, Summary: "Who the caller is"},
		func(ctx context.Context, _ *struct{}) (*whoOutput, error) {
			return &whoOutput{Cache: "no-store", Body: whoIs(auth.Of(ctx))}, nil
		})
	Register(a, huma.Operation{Method: http.MethodDelete, Path: "/api/session", OperationID: "logout", Tags: tags, Summary: "End the session", DefaultStatus: http.StatusNoContent},
		func(ctx context.Context, _ *struct{}) (*logoutOutput, error) {
			cookie, err := a.cfg.Sessions.Logout(ctx, requestOf(ctx))
			if err != nil {
				return nil, err
			}
			return &logoutOutput{SetCookie: cookie.String()}, nil
		})
}

func whoIs(c access.Caller) who {
	w := who{Role: string(c.Role), May: []string{}}
	for _, p := range c.Role.Permissions() {
		w.May = append(w.May, string(p))
	}
	if c.Name != "" {
		w.Name = &c.Name
	}
	return w
}
